import { compareVersions, MetadataStore, type RoleDifference } from '../../notary/index.ts';
import type { Gun, RoleName } from '../../tuf/index.ts';
import { defineCommand, ExitError, exactly } from '../command.ts';
import { type Output, printLine } from '../io.ts';
import { printReport, REPORT_FORMAT } from '../report-format.ts';
import { gunArgument, numberArgument, roleArgument } from './arguments.ts';
import { databaseFlags, databaseOptions, openMeantDatabase } from './database-option.ts';

/** `notary-server gun diff`: exits with 0 whether they differ or not, as `git diff` does. */
export const gunDiff = defineCommand({
  usage: '[OPTIONS] GUN ROLE VERSION VERSION',
  summary: 'Show what one version of a role has and another has not: targets, keys, roles, thresholds, dates.',
  flags: {
    format: REPORT_FORMAT,
    ...databaseFlags,
  },
  arguments: exactly(4),
  parse: ({ format, ...flags }, [gun, role, from, to]) => ({
    gun: gunArgument(gun),
    role: roleArgument(role),
    from: numberArgument('VERSION', from),
    to: numberArgument('VERSION', to),
    format,
    database: databaseOptions(flags),
  }),
  async run({ gun, role, from, to, format, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    const store = new MetadataStore(database);
    const [before, after] = [await read(store, gun, role, from), await read(store, gun, role, to)];
    const difference = compareVersions(role, before, after);
    printReport(io.stdout, difference, format, () => printDifference(io.stdout, difference));
    return 0;
  },
});

async function read(store: MetadataStore, gun: Gun, role: RoleName, version: number): Promise<Buffer> {
  const file = await store.findVersion(gun, role, version);
  if (!file) throw new ExitError(1, `${role} ${version} of ${gun} is not stored`);
  return file.bytes;
}

/** A line a thing: `+` what came, `-` what went, `~` what is another. */
function printDifference(out: Output, { role, from, to, files, keys, roles }: RoleDifference): void {
  printLine(out, `${role} ${from.version} -> ${to.version}`);
  if (from.expires !== to.expires) printLine(out, `~ expires ${from.expires} -> ${to.expires}`);
  const print = <T>(
    what: string,
    { added, removed, changed }: { added: readonly T[]; removed: readonly T[]; changed: readonly { from: T; to: T }[] },
    show: (thing: T) => string,
  ): void => {
    for (const thing of added) printLine(out, `+ ${what} ${show(thing)}`);
    for (const thing of removed) printLine(out, `- ${what} ${show(thing)}`);
    for (const { from: before, to: after } of changed) printLine(out, `~ ${what} ${show(before)} -> ${show(after)}`);
  };
  print('file', files, ({ name, length, sha256 }) => `${name} (${length} bytes, sha256:${sha256 ?? 'none'})`);
  print('key', keys, ({ keyid, keytype }) => `${keyid} (${keytype})`);
  print('role', roles, ({ name, keyids, threshold, paths }) => {
    const of = `${threshold} of ${keyids.length}: ${keyids.map((keyid) => keyid.slice(0, 12)).join(', ')}`;
    return `${name} (${of}${paths.length > 0 ? `; paths ${paths.map((path) => JSON.stringify(path)).join(', ')}` : ''})`;
  });
}
