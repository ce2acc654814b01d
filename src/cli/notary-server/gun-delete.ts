import { humanCount } from '../../core/index.ts';
import { appendEntry, listRoles, MetadataStore } from '../../notary/index.ts';
import { defineCommand, ExitError, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { confirm } from '../prompt.ts';
import { administrator } from './administrator.ts';
import { gunArgument } from './arguments.ts';
import { databaseFlags, databaseOptions, meantServer, openExistingDatabase } from './database-option.ts';

/** `notary-server gun delete`: what `DELETE` of the API does, for those who have the database and no token. */
export const gunDelete = defineCommand({
  usage: '[OPTIONS] GUN',
  summary:
    'Forget all that was published of a collection, every version. Servers notice at once. Their keys stay: clients that\n' +
    'have the old root still trust them.',
  aliases: ['notary-server gun rm'],
  flags: { yes: { kind: 'boolean', short: 'y', help: 'Do not ask' }, ...databaseFlags },
  arguments: exactly(1),
  parse: ({ yes, ...flags }, [gun]) => ({
    gun: gunArgument(gun),
    isSure: yes ?? false,
    database: databaseOptions(flags),
  }),
  async run({ gun, isSure, database: options }, io) {
    const { config, location } = await meantServer(options, io);
    await using database = await openExistingDatabase(location);
    const roles = await listRoles(database, gun);
    if (roles.length === 0) throw new ExitError(1, `nothing is stored of ${gun}`);
    if (!isSure && !(await confirm(io, `Forget ${gun}, with ${humanCount(roles.length, 'role')} and their history?`))) {
      printLine(io.stderr, 'nothing was deleted');
      return 1;
    }
    const event = { at: io.clock.now(), action: 'delete', gun, actor: administrator() } as const;
    await new MetadataStore(database).deleteCollection(
      gun,
      event.at,
      config.hasAudit ? (transaction) => appendEntry(transaction, event) : undefined,
    );
    printLine(io.stdout, `deleted: ${gun}`);
    return 0;
  },
});
