import { findRecord, findRestingRecord, type SandboxRecord, type ServiceRecord } from '../../sandbox/index.ts';
import { ExitError } from '../command.ts';
import type { Io } from '../io.ts';
import { findProject, type Project } from './project.ts';

/** A project whose services are in a process that answers. */
export interface RunningProject extends Project {
  readonly record: SandboxRecord;
}

/** @throws {ExitError} nothing runs */
export async function getRunningProject(io: Io): Promise<RunningProject> {
  const project = findProject(io);
  const record = await findRecord(project.paths);
  if (record) return { ...project, record };
  throw new ExitError(1, `nothing runs in the project ${project.paths.project}; trustsandbox up starts it`);
}

/** The same of one that was interrupted or killed, whose services are there and stopped. @throws {ExitError} nothing is there */
export async function getKnownProject(io: Io): Promise<RunningProject> {
  const project = findProject(io);
  const record = await findRestingRecord(project.paths);
  return record ? { ...project, record } : await getRunningProject(io);
}

/** The services that are named, or all. @throws {ExitError} one is not there, worded as compose words it */
export function chooseServices(record: SandboxRecord, names: readonly string[]): readonly ServiceRecord[] {
  if (names.length === 0) return record.services;
  return names.map((name) => {
    const found = record.services.find((service) => service.name === name);
    if (!found) throw new ExitError(1, `no such service: ${name}`);
    return found;
  });
}
