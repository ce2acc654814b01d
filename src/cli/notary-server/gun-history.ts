import { type FileVersion, listRoles, listVersions } from '../../notary/index.ts';
import { parseRoleName } from '../../tuf/index.ts';
import { defineCommand, ExitError } from '../command.ts';
import { LIST_FORMAT, type ListFormat } from '../list-format.ts';
import { gunArgument, numberArgument, roleArgument } from './arguments.ts';
import { databaseFlags, databaseOptions, openMeantDatabase } from './database-option.ts';
import { printItems, utcTime } from './print-items.ts';

const LIST: ListFormat = {
  type: 'version',
  headings: {
    Role: 'ROLE',
    Version: 'VERSION',
    Stored: 'STORED',
    Expires: 'EXPIRES',
    Size: 'SIZE',
    SHA256: 'SHA256',
  },
  table: ['Role', 'Version', 'Stored', 'Expires', 'Size', 'SHA256'],
};

/** `notary-server gun history`. */
export const gunHistory = defineCommand({
  usage: '[OPTIONS] GUN [ROLE]',
  summary: 'List the stored versions of a collection, or of one of its roles, newest first. Times are in UTC.',
  flags: {
    number: { kind: 'string', short: 'n', value: 'count', help: 'At most so many versions of each role (default 20)' },
    format: LIST_FORMAT,
    ...databaseFlags,
  },
  arguments: { min: 1, max: 2 },
  parse: ({ number = '20', format, ...flags }, [gun, role]) => ({
    gun: gunArgument(gun),
    role: role === undefined ? undefined : roleArgument(role),
    limit: numberArgument('--number', number),
    format,
    database: databaseOptions(flags),
  }),
  async run({ gun, role, limit, format, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    const roles = role === undefined ? (await listRoles(database, gun)).map(parseRoleName) : [role];
    const versions = (await Promise.all(roles.map((each) => listVersions(database, gun, each, { limit })))).flat();
    if (versions.length === 0) throw new ExitError(1, `nothing is stored of ${gun}${role ? ` ${role}` : ''}`);
    const items = versions.map((version) => ({ row: rowOf(version), json: version }));
    printItems(io.stdout, LIST, items, format);
    return 0;
  },
});

function rowOf({ role, version, storedAt, expires, size, sha256 }: FileVersion) {
  return {
    Role: role,
    Version: String(version),
    Stored: utcTime(storedAt),
    Expires: expires ? utcTime(expires) : 'unknown',
    Size: String(size),
    SHA256: sha256,
  };
}
