import {
  listRecords,
  type ProjectPaths,
  parseProjectName,
  projectPaths,
  type ServiceRecord,
  sandboxHome,
} from '../../sandbox/index.ts';
import { ExitError } from '../command.ts';
import type { Io } from '../io.ts';
import { findProject } from './project.ts';

/** A service of some sandbox that runs, as docker would call it: a container. */
export interface Container {
  readonly service: ServiceRecord;
  readonly services: readonly ServiceRecord[];
  readonly paths: ProjectPaths;
}

/** All containers of all sandboxes that run, this folder's first. */
export async function listContainers(io: Io): Promise<Container[]> {
  const home = sandboxHome(io.env);
  const here = findProject(io).paths.project;
  const records = (await listRecords(home)).sort((a, b) => Number(b.project === here) - Number(a.project === here));
  return records.flatMap(({ project, services }) => {
    const paths = projectPaths(home, parseProjectName(project));
    return services.map((service) => ({ service, services, paths }));
  });
}

/**
 * Finds a container by its name or the beginning of its id, or by the service it is of in this folder's project.
 * @throws {ExitError} worded as docker words it
 */
export async function getContainer(io: Io, name: string): Promise<Container> {
  const containers = await listContainers(io);
  const here = findProject(io).paths.project;
  const found =
    containers.find(({ service }) => service.containerName === name) ??
    containers.find(({ service }) => /^[0-9a-f]{3,}$/.test(name) && service.containerId.startsWith(name)) ??
    containers.find(({ service, paths }) => service.name === name && paths.project === here);
  if (found) return found;
  const known = containers.map(({ service }) => service.containerName);
  const hint = known.length ? `\nThese run: ${known.join(', ')}` : '\nNo sandbox runs; trustsandbox up starts one.';
  throw new ExitError(1, `Error response from daemon: No such container: ${name}${hint}`);
}
