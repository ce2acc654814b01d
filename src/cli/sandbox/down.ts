import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { controlDown, controlServices, findRecord, findRestingRecord, type ProjectPaths } from '../../sandbox/index.ts';
import { anyArguments, defineCommand, ExitError } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { findProject } from './project.ts';
import { chooseServices } from './running-project.ts';

const SNAPSHOTS = 'snapshots';

/** `compose down`: data stays unless `-v`. */
export const composeDown = defineCommand({
  usage: '[OPTIONS] [SERVICES]',
  summary: 'Stop and remove containers, networks',
  aliases: ['compose down'],
  flags: {
    'remove-orphans': { kind: 'boolean', help: 'Remove containers for services not defined in the Compose file' },
    rmi: {
      kind: 'string',
      help: 'Remove images used by services. "local" remove only images that don\'t have a custom tag ("local"|"all")',
    },
    timeout: { kind: 'string', short: 't', help: 'Specify a shutdown timeout in seconds' },
    volumes: {
      kind: 'boolean',
      short: 'v',
      help: 'Remove volumes too: images, signatures, keys, everything but snapshots',
    },
  },
  arguments: anyArguments,
  parse: ({ volumes = false }, services) => ({ removesVolumes: volumes, services }),
  async run({ removesVolumes, services }, io) {
    const { paths } = findProject(io);
    if (services.length > 0) return await stopSome(paths, services, removesVolumes, io);
    const running = await findRecord(paths);
    const known = running ?? (await findRestingRecord(paths));
    if (running) await controlDown(paths);
    else await removeRemains(paths);
    for (const { containerName } of known?.services ?? [])
      printLine(io.stderr, ` ✔ Container ${containerName}  Removed`);
    if (removesVolumes) {
      const kept = await removeState(paths);
      printLine(io.stderr, ` ✔ Volumes of ${paths.project}  Removed`);
      if (kept.length > 0)
        printLine(io.stderr, `   snapshots are kept: ${kept.join(', ')}; ${io.program} snapshot delete removes them`);
    } else if (!known) printLine(io.stderr, `nothing runs in the project ${paths.project}`);
    return 0;
  },
});

/** Of a sandbox, those that are named: the others go on. */
async function stopSome(
  paths: ProjectPaths,
  names: readonly string[],
  removesVolumes: boolean,
  io: Io,
): Promise<number> {
  if (removesVolumes) throw new ExitError(1, 'volumes are removed with the whole project: down -v takes no service');
  const running = await findRecord(paths);
  const chosen = running ? chooseServices(running, names) : [];
  if (chosen.length > 0) {
    await controlServices(
      paths,
      'stop',
      chosen.map(({ name }) => name),
    );
  }
  for (const { containerName } of chosen) printLine(io.stderr, ` ✔ Container ${containerName}  Stopped`);
  return 0;
}

/** What a process that was killed leaves: nothing answers there. */
async function removeRemains(paths: ProjectPaths): Promise<void> {
  await Promise.all([paths.record, paths.controlSocket].map((path) => rm(path, { force: true })));
  await rm(paths.shortSockets, { recursive: true, force: true });
}

/** All of a project but its snapshots, whose names it tells. */
async function removeState(paths: ProjectPaths): Promise<string[]> {
  const snapshots = await readdir(join(paths.root, SNAPSHOTS)).catch(() => []);
  if (snapshots.length === 0) await rm(paths.root, { recursive: true, force: true });
  else {
    const others = (await readdir(paths.root)).filter((name) => name !== SNAPSHOTS);
    for (const name of others) await rm(join(paths.root, name), { recursive: true, force: true });
  }
  return snapshots;
}
