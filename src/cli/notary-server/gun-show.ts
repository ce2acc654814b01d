import { MetadataStore, type RoleView, viewCollection } from '../../notary/index.ts';
import type { Gun } from '../../tuf/index.ts';
import { defineCommand, ExitError, exactly } from '../command.ts';
import { type Output, printLine } from '../io.ts';
import { printReport, REPORT_FORMAT } from '../report-format.ts';
import { formatTable } from '../table.ts';
import { gunArgument } from './arguments.ts';
import { databaseFlags, databaseOptions, openMeantDatabase } from './database-option.ts';

/** `notary-server gun show`. */
export const gunShow = defineCommand({
  usage: '[OPTIONS] GUN',
  summary:
    'Show what is current of a collection: versions, dates, who signs and who has signed, and the targets. It is shown as\n' +
    'it is stored; `notary-server verify` checks it.',
  aliases: ['notary-server gun inspect'],
  flags: {
    format: REPORT_FORMAT,
    ...databaseFlags,
  },
  arguments: exactly(1),
  parse: ({ format, ...flags }, [gun]) => ({ gun: gunArgument(gun), format, database: databaseOptions(flags) }),
  async run({ gun, format, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    const roles = await viewCollection(new MetadataStore(database), gun);
    if (roles.length === 0) throw new ExitError(1, `nothing is stored of ${gun}`);
    printReport(io.stdout, { gun, roles }, format, () => printRoles(io.stdout, gun, roles));
    return 0;
  },
});

const SHORT_KEYID = 12;

function printRoles(out: Output, gun: Gun, roles: readonly RoleView[]): void {
  printLine(out, `${gun}\n`);
  const short = (keyids: readonly string[]): string =>
    keyids.map((keyid) => keyid.slice(0, SHORT_KEYID)).join(',') || '-';
  const rows = roles.map(({ role, version, expires, keyids, threshold, signedBy }) => [
    role,
    String(version),
    expires ?? 'unknown',
    threshold === undefined ? '-' : `${threshold} of ${short(keyids)}`,
    short(signedBy),
  ]);
  out.write(formatTable([['ROLE', 'VERSION', 'EXPIRES', 'KEYS', 'SIGNED BY'], ...rows]));
  const targets = roles.flatMap(({ role, targets: files }) =>
    files.map(({ name, length, sha256 }) => [name, String(length), sha256 ?? '-', role]),
  );
  if (targets.length > 0) out.write(`\n${formatTable([['TARGET', 'SIZE', 'SHA256', 'ROLE'], ...targets])}`);
}
