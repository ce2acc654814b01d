import { humanDuration, humanSize, type JsonObject } from '../../core/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { rfc3339 } from '../human-time.ts';
import { printLine } from '../io.ts';
import { LIST_FORMAT, type ListFormat, printList, type Row } from '../list-format.ts';

const LIST: ListFormat = {
  headings: {
    ID: 'IMAGE',
    CreatedSince: 'CREATED',
    CreatedAt: 'CREATED AT',
    CreatedBy: 'CREATED BY',
    Size: 'SIZE',
    Comment: 'COMMENT',
  },
  table: ['ID', 'CreatedSince', 'CreatedBy', 'Size', 'Comment'],
  type: '*image.historyContext',
};
const PLAIN_TABLE = ['ID', 'CreatedAt', 'CreatedBy', 'Size', 'Comment'];
const MAX_CREATED_BY = 45;

/** `history`: the steps that made an image, newest first. */
export const history = defineCommand({
  usage: '[OPTIONS] IMAGE',
  summary: 'Show the history of an image',
  aliases: ['image history', 'history'],
  flags: {
    format: LIST_FORMAT,
    human: { kind: 'boolean', short: 'H', help: 'Print sizes and dates in human readable format (default true)' },
    'no-trunc': { kind: 'boolean', help: "Don't truncate output" },
    platform: {
      kind: 'string',
      help: 'Show history for the given platform. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    },
    quiet: { kind: 'boolean', short: 'q', help: 'Only show image IDs' },
  },
  arguments: exactly(1),
  parse: ({ format, human = true, platform, quiet = false, ...flags }, [name = '']) => ({
    name,
    platform,
    format,
    isHuman: human,
    isFull: flags['no-trunc'] ?? false,
    quiet,
  }),
  async run({ name, platform, format, isHuman, isFull, quiet }, io) {
    const { lines, now } = await withEngine(io, async ({ engine, surroundings }) => ({
      lines: await engine.historyOfImage(name, { platform }),
      now: surroundings.clock.now(),
    }));
    const rows = lines.map((line) => rowOf(line, now, isHuman, isFull));
    if (quiet) for (const { ID } of rows) printLine(io.stdout, ID);
    else printList(io.stdout, isHuman ? LIST : { ...LIST, table: PLAIN_TABLE }, rows, format);
    return 0;
  },
});

function rowOf(line: JsonObject, now: Date, isHuman: boolean, isFull: boolean): Row {
  const text = (name: string): string => (typeof line[name] === 'string' ? line[name] : '');
  const number = (name: string): number => (typeof line[name] === 'number' ? line[name] : 0);
  const created = new Date(number('Created') * 1000);
  const createdBy = text('CreatedBy').replaceAll('\t', ' ');
  return {
    Comment: text('Comment'),
    CreatedAt: rfc3339(created),
    CreatedBy: isFull ? createdBy : ellipsis(createdBy),
    CreatedSince: isHuman ? `${humanDuration(now.getTime() - created.getTime())} ago` : rfc3339(created),
    ID: isFull ? text('Id') : shortId(text('Id')),
    Size: isHuman ? humanSize(number('Size'), 3) : String(number('Size')),
  };
}

function ellipsis(text: string): string {
  const characters = [...text];
  return characters.length > MAX_CREATED_BY ? `${characters.slice(0, MAX_CREATED_BY - 1).join('')}…` : text;
}

/** `<missing>` stays as it is. */
function shortId(id: string): string {
  return id.startsWith('sha256:') ? id.slice(7, 19) : id;
}
