import {
  controlRestore,
  controlSnapshot,
  deleteSnapshot,
  findRecord,
  listSnapshots,
  parseSnapshotName,
  readClockOffset,
  restoreSnapshot,
  type SnapshotInfo,
  saveSnapshot,
} from '../../sandbox/index.ts';
import { defineCommand, ExitError, exactly, noArguments } from '../command.ts';
import { printLine } from '../io.ts';
import { formatTable } from '../table.ts';
import { findProject, planProject } from './project.ts';

/** `snapshot save`: the whole state under a name, keys and all, while services run or not. */
export const snapshotSave = defineCommand({
  usage: 'NAME',
  summary: 'Save the whole state: images, trust data, keys, the time',
  flags: {},
  arguments: exactly(1),
  parse: (_, [name = '']) => parseSnapshotName(name),
  async run(name, io) {
    const { paths } = findProject(io);
    if (await findRecord(paths)) {
      const { isQuiet } = await controlSnapshot(paths, name);
      if (!isQuiet) printLine(io.stderr, 'WARNING: something was still being written, and may be in the snapshot half');
    } else {
      const services = planProject(io, { needsFile: false }).plan.services.map((service) => service.name);
      const takenAt = new Date(io.clock.now().getTime() + readClockOffset(paths.clock)).toISOString();
      await saveSnapshot(paths, { version: 1, name, takenAt, services, isQuiet: true });
    }
    printLine(io.stderr, ` ✔ Snapshot ${name}  Saved`);
    return 0;
  },
});

/** `snapshot restore`: everything as it was; what happened since is gone. */
export const snapshotRestore = defineCommand({
  usage: 'NAME',
  summary: 'Put a saved state back; what happened since is gone',
  flags: {},
  arguments: exactly(1),
  parse: (_, [name = '']) => parseSnapshotName(name),
  async run(name, io) {
    const { paths } = findProject(io);
    if (await findRecord(paths)) await controlRestore(paths, name);
    else await restoreSnapshot(paths, name);
    printLine(io.stderr, ` ✔ Snapshot ${name}  Restored`);
    return 0;
  },
});

export const snapshotList = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List saved states',
  flags: { format: { kind: 'string', help: 'Format output: table or json' } },
  arguments: noArguments,
  parse({ format = 'table' }) {
    if (format !== 'table' && format !== 'json')
      throw new ExitError(1, `unsupported format: ${format}: want table or json`);
    return format;
  },
  async run(format, io) {
    const snapshots = await listSnapshots(findProject(io).paths);
    const row = ({ name, takenAt, services }: SnapshotInfo) => [name, takenAt, services.join(', ')];
    if (format === 'json') for (const snapshot of snapshots) printLine(io.stdout, JSON.stringify(snapshot));
    else io.stdout.write(formatTable([['NAME', 'TAKEN AT', 'SERVICES'], ...snapshots.map(row)]));
    return 0;
  },
});

export const snapshotDelete = defineCommand({
  usage: 'NAME',
  summary: 'Delete a saved state',
  flags: {},
  arguments: exactly(1),
  parse: (_, [name = '']) => parseSnapshotName(name),
  async run(name, io) {
    await deleteSnapshot(findProject(io).paths, name);
    printLine(io.stderr, ` ✔ Snapshot ${name}  Deleted`);
    return 0;
  },
});
