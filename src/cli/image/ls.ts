import { humanDuration, humanSize, type JsonObject, type JsonValue } from '../../core/index.ts';
import { atMost, type Command, defineCommand } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { goTime } from '../human-time.ts';
import { printLine } from '../io.ts';
import { LIST_FORMAT, type ListFormat, printList, type Row } from '../list-format.ts';
import { formatFilters } from './filters.ts';
import { namesOfSummary, type ShownName } from './shown-names.ts';

const LIST: ListFormat = {
  headings: {
    ID: 'IMAGE ID',
    Repository: 'REPOSITORY',
    Tag: 'TAG',
    Digest: 'DIGEST',
    CreatedSince: 'CREATED',
    CreatedAt: 'CREATED AT',
    Size: 'SIZE',
    Containers: 'CONTAINERS',
    VirtualSize: 'SIZE',
    SharedSize: 'SHARED SIZE',
    UniqueSize: 'UNIQUE SIZE',
  },
  table: ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size'],
  type: '*formatter.imageContext',
};
const TABLE_WITH_DIGESTS = ['Repository', 'Tag', 'Digest', 'ID', 'CreatedSince', 'Size'];

/** `image ls`, and `images`: one row for each name of each image. */
export const imageLs: Command = defineCommand({
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  summary: 'List images',
  aliases: ['image ls', 'image list', 'images'],
  flags: {
    all: { kind: 'boolean', short: 'a', help: 'Show all images (default hides intermediate images)' },
    digests: { kind: 'boolean', help: 'Show digests' },
    filter: { kind: 'list', short: 'f', value: 'filter', help: 'Filter output based on conditions provided' },
    format: LIST_FORMAT,
    'no-trunc': { kind: 'boolean', help: "Don't truncate output" },
    quiet: { kind: 'boolean', short: 'q', help: 'Only show image IDs' },
    tree: { kind: 'boolean', help: 'List multi-platform images as a tree (EXPERIMENTAL)' },
  },
  arguments: atMost(1),
  parse: ({ all = false, digests = false, filter = [], format, quiet = false, tree = false, ...flags }, [pattern]) => ({
    all,
    digests,
    filters: formatFilters(pattern === undefined ? filter : [...filter, `reference=${pattern}`], '-f, --filter'),
    format,
    isFull: flags['no-trunc'] ?? false,
    quiet,
    isTree: tree,
  }),
  async run({ all, digests, filters, format, isFull, quiet, isTree }, io) {
    if (isTree) {
      const { printTree } = await import('./tree-view.ts');
      return printTree(io, { all, filters, refused: { quiet, 'no-trunc': isFull, 'show-digest': digests, format } });
    }
    const { images, shown, now } = await withEngine(io, async ({ engine, config: { value }, surroundings }) => ({
      images: await engine.listImages({ all, ...(filters && { filters }) }),
      shown: format ?? (typeof value.imagesFormat === 'string' && !quiet ? value.imagesFormat : undefined),
      now: surroundings.clock.now(),
    }));
    const rows = images.flatMap((image) => {
      const names = namesOfSummary(image, digests);
      return names.map((name) => rowOf(image, name, now, isFull));
    });
    const list = digests ? { ...LIST, table: TABLE_WITH_DIGESTS } : LIST;
    if (quiet && (shown === undefined || shown === 'table')) for (const { ID } of rows) printLine(io.stdout, ID);
    else printList(io.stdout, list, rows, shown === 'raw' ? rawFormat(quiet, digests) : shown);
    return 0;
  },
});

/** The format of old, `name: value` lines. */
function rawFormat(quiet: boolean, digests: boolean): string {
  if (quiet) return 'image_id: {{.ID}}';
  const digest = digests ? 'digest: {{.Digest}}\\n' : '';
  return `repository: {{.Repository}}\\ntag: {{.Tag}}\\n${digest}image_id: {{.ID}}\\ncreated_at: {{.CreatedAt}}\\nvirtual_size: {{.Size}}\\n`;
}

/** A row whose fields are worked out when they are asked for: a table of a thousand shows five of them. */
function rowOf(image: JsonObject, { repository, tag, digest }: ShownName, now: Date, isFull: boolean): Row {
  const id = textOf(image.Id);
  const created = new Date(numberOf(image.Created) * 1000);
  const size = numberOf(image.Size);
  const sharedSize = numberOf(image.SharedSize, -1);
  return {
    Digest: digest,
    ID: isFull ? id : id.replace(/^sha256:/, '').slice(0, 12),
    Repository: repository,
    Tag: tag,
    get Containers() {
      return countOf(image.Containers);
    },
    get CreatedAt() {
      return goTime(created);
    },
    get CreatedSince() {
      return `${humanDuration(now.getTime() - created.getTime())} ago`;
    },
    get SharedSize() {
      return sharedSize < 0 ? 'N/A' : humanSize(sharedSize);
    },
    get Size() {
      return humanSize(size, 3);
    },
    get UniqueSize() {
      return sharedSize < 0 ? 'N/A' : humanSize(size - sharedSize);
    },
    get VirtualSize() {
      return humanSize(numberOf(image.VirtualSize, size));
    },
  };
}

function countOf(value: JsonValue | undefined): string {
  const count = numberOf(value, -1);
  return count < 0 ? 'N/A' : String(count);
}

function numberOf(value: JsonValue | undefined, fallback = 0): number {
  return typeof value === 'number' ? value : fallback;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
