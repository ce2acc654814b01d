import { humanDuration, humanSize, type JsonObject, type JsonValue } from '../../core/index.ts';
import { atMost, type Command, defineCommand } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { LIST_FORMAT } from '../format-flags.ts';
import { goTime } from '../human-time.ts';
import { type ListFormat, printCells, printLines } from '../list-cells.ts';
import type { Row } from '../list-format.ts';
import { formatFilters } from './filters.ts';
import { namesOfSummary, type ShownName } from './shown-names.ts';

const LIST: ListFormat<Field> = {
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
const TABLE_WITH_DIGESTS: readonly Field[] = ['Repository', 'Tag', 'Digest', 'ID', 'CreatedSince', 'Size'];

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
    const list = digests ? { ...LIST, table: TABLE_WITH_DIGESTS } : LIST;
    const view = { now, isFull };
    const named = images.flatMap((image) => namesOfSummary(image, digests).map((name) => ({ image, name })));
    if (shown === undefined || shown === 'table') {
      if (quiet) printLines(io.stdout, named, (one) => FIELDS.ID(one, view));
      else printCells(io.stdout, list, named, (one, field) => FIELDS[field](one, view));
    } else {
      const { printList } = await import('../list-format.ts'); // with all that templates need
      const rows = named.map((one) => rowOf(one, view));
      printList(io.stdout, list, rows, shown === 'raw' ? rawFormat(quiet, digests) : shown);
    }
    return 0;
  },
});

/** The format of old, `name: value` lines. */
function rawFormat(quiet: boolean, digests: boolean): string {
  if (quiet) return 'image_id: {{.ID}}';
  const digest = digests ? 'digest: {{.Digest}}\\n' : '';
  return `repository: {{.Repository}}\\ntag: {{.Tag}}\\n${digest}image_id: {{.ID}}\\ncreated_at: {{.CreatedAt}}\\nvirtual_size: {{.Size}}\\n`;
}

interface NamedImage {
  readonly image: JsonObject;
  readonly name: ShownName;
}

interface View {
  readonly now: Date;
  readonly isFull: boolean;
}

/** What each field of a row says; of a thousand rows a table asks for five. */
const FIELDS = {
  Containers: ({ image }) => countOf(image.Containers),
  CreatedAt: ({ image }) => goTime(new Date(numberOf(image.Created) * 1000)),
  CreatedSince: ({ image }, { now }) => `${humanDuration(now.getTime() - numberOf(image.Created) * 1000)} ago`,
  Digest: ({ name }) => name.digest,
  ID: ({ image }, { isFull }) => (isFull ? textOf(image.Id) : textOf(image.Id).replace('sha256:', '').slice(0, 12)),
  Repository: ({ name }) => name.repository,
  SharedSize: ({ image }) => sizeText(numberOf(image.SharedSize, -1)),
  Size: ({ image }) => humanSize(numberOf(image.Size), 3),
  Tag: ({ name }) => name.tag,
  UniqueSize: ({ image }) => {
    const shared = numberOf(image.SharedSize, -1);
    return shared < 0 ? 'N/A' : humanSize(numberOf(image.Size) - shared);
  },
  VirtualSize: ({ image }) => humanSize(numberOf(image.VirtualSize, numberOf(image.Size))),
} as const satisfies Readonly<Record<string, (one: NamedImage, view: View) => string>>;

type Field = keyof typeof FIELDS;

function rowOf(one: NamedImage, view: View): Row {
  return Object.fromEntries(Object.entries(FIELDS).map(([field, tell]) => [field, tell(one, view)]));
}

function sizeText(size: number): string {
  return size < 0 ? 'N/A' : humanSize(size);
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
