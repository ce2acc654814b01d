import { humanSize } from '../../core/index.ts';
import { type CollectionSummary, walkCollections } from '../../notary/index.ts';
import { defineCommand, noArguments } from '../command.ts';
import { LIST_FORMAT, type ListFormat } from '../list-format.ts';
import { databaseFlags, databaseOptions, openMeantDatabase } from './database-option.ts';
import { printItems, utcTime } from './print-items.ts';

const LIST: ListFormat = {
  type: 'collection',
  headings: {
    GUN: 'GUN',
    Root: 'ROOT',
    Targets: 'TARGETS',
    Snapshot: 'SNAPSHOT',
    Timestamp: 'TIMESTAMP',
    Files: 'FILES',
    Size: 'SIZE',
    Updated: 'UPDATED',
  },
  table: ['GUN', 'Root', 'Targets', 'Snapshot', 'Timestamp', 'Files', 'Size', 'Updated'],
};

/** `notary-server gun list`. */
export const gunList = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List collections with the newest version of each role. Times are in UTC.',
  aliases: ['notary-server gun ls'],
  flags: {
    prefix: { kind: 'string', value: 'text', help: 'Collections whose names begin so' },
    quiet: { kind: 'boolean', short: 'q', help: 'Names alone' },
    format: LIST_FORMAT,
    ...databaseFlags,
  },
  arguments: noArguments,
  parse: ({ prefix, quiet, format, ...flags }) => ({
    prefix,
    format: quiet ? '{{.GUN}}' : format,
    database: databaseOptions(flags),
  }),
  async run({ prefix, format, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    const collections: CollectionSummary[] = [];
    for await (const collection of walkCollections(database, { prefix })) collections.push(collection);
    const items = collections.map((collection) => ({ row: rowOf(collection), json: collection }));
    printItems(io.stdout, LIST, items, format);
    return 0;
  },
});

function rowOf({ gun, files, bytes, updatedAt, versions }: CollectionSummary) {
  const version = (role: string): string => String(versions[role] ?? '-');
  return {
    GUN: gun,
    Root: version('root'),
    Targets: version('targets'),
    Snapshot: version('snapshot'),
    Timestamp: version('timestamp'),
    Files: String(files),
    Size: humanSize(bytes),
    Updated: utcTime(updatedAt),
  };
}
