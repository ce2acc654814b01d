import { humanSize, isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import { ExitError } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { type Io, type Output, printLine } from '../io.ts';
import { type Paint, treeStyle } from './tree-style.ts';

export interface TreeRequest {
  readonly all: boolean;
  readonly filters: string | undefined;
  /** Flags that go with no tree, by name, where they are given. */
  readonly refused: Readonly<Record<string, boolean | string | undefined>>;
}

const MIN_MINOR = 47;
const WARNING = "WARNING: This is an experimental feature. The output may change and shouldn't be depended on.";
const COLUMNS = [
  { title: 'ID', width: 12, isRight: false },
  { title: 'DISK USAGE', width: 10, isRight: true },
  { title: 'CONTENT SIZE', width: 12, isRight: true },
  { title: 'EXTRA', width: 5, isRight: false },
] as const;
const GAP = 3;
const [DEFAULT_WIDTH, MIN_WIDTH, MIN_NAME_WIDTH] = [80, 20, 12];
const SHORT_ID = 12;

/** `images --tree`: each image by its names, with its platforms below. @throws {ExitError} in docker's words */
export async function printTree(io: Io, { all, filters, refused }: TreeRequest): Promise<number> {
  const images = await withEngine(io, async ({ engine }) => {
    await engine.requireVersion('tree', MIN_MINOR);
    for (const [flag, value] of Object.entries(refused)) {
      if (value) throw new ExitError(1, `--${flag} is not yet supported with --tree`);
    }
    return engine.listImages({ all, manifests: true, ...(filters && { filters }) });
  });
  layOutTree(io.stdout, all ? images : images.filter((image) => !isDangling(image)));
  return 0;
}

interface Details {
  readonly cells: readonly string[];
  readonly isUsed: boolean;
}

interface Platform extends Details {
  readonly name: string;
  readonly isAvailable: boolean;
}

interface Tree extends Details {
  readonly names: readonly string[];
  readonly platforms: readonly Platform[];
}

function isDangling({ RepoTags: tags, RepoDigests: digests }: JsonObject): boolean {
  const nothing = (names: readonly JsonValue[], none: string): boolean =>
    names.length === 0 || (names.length === 1 && names[0] === none);
  return nothing(listOf(tags), '<none>:<none>') && nothing(listOf(digests), '<none>@<none>');
}

function treeOf(image: JsonObject): Tree {
  const manifests = listOf(image.Manifests).filter(isJsonObject);
  const content = manifests.reduce((sum, { Size: size }) => sum + numberIn(size, 'Content'), 0);
  const platforms = manifests
    .filter(({ Kind: kind }) => kind === 'image')
    .map(({ ID: id, ImageData: data, Size: size, Available: available }) => {
      const image = isJsonObject(data) ? data : {};
      return {
        name: platformText(image.Platform),
        isAvailable: available === true,
        cells: cellsOf(id, numberIn(size, 'Total'), numberIn(size, 'Content')),
        isUsed: listOf(image.Containers).length > 0,
      };
    });
  return {
    names: listOf(image.RepoTags).filter((name) => typeof name === 'string'),
    cells: cellsOf(image.Id, numberIn(image, 'Size'), content),
    isUsed: numberIn(image, 'Containers') > 0 || platforms.some(({ isUsed }) => isUsed),
    platforms,
  };
}

function cellsOf(id: JsonValue | undefined, usage: number, content: number): string[] {
  const short = String(id ?? '')
    .replace(/^sha256:/, '')
    .slice(0, SHORT_ID);
  return [short, humanSize(usage, 3), humanSize(content, 3)];
}

/**
 * Images as an Engine lists them, newest first, as docker CLI 28 lays them out (`cli/command/image/tree.go`): columns that
 * leave no room for names are left out.
 */
export function layOutTree(out: Output, images: readonly JsonObject[]): void {
  const trees = images.toSorted((a, b) => numberIn(b, 'Created') - numberIn(a, 'Created')).map(treeOf);
  const style = treeStyle(out);
  const width = Math.max(out.columns || DEFAULT_WIDTH, MIN_WIDTH);
  const { count, nameWidth } = columnsOf(width, trees);
  const hasChip = trees.some(({ platforms }) => platforms.some(({ isUsed }) => isUsed));
  const details = ({ cells, isUsed }: Details, paint: Paint): string =>
    COLUMNS.slice(0, count)
      .map((column, i) => {
        if (i === COLUMNS.length - 1) {
          const chip = isUsed ? style.chip('U') : style.noChip;
          return hasChip ? chip + spaces(column.width - style.chipWidth) : spaces(column.width);
        }
        return cellText(cells[i] ?? '', column.width, paint, column.isRight);
      })
      .map((cell) => spaces(GAP) + cell)
      .join('');
  printLine(out, style.warning(WARNING));
  printLine(out, spaces(width - style.legendWidth) + style.legend);
  printLine(out);
  const titles = COLUMNS.slice(0, count).map(({ title, width: size, isRight }) =>
    cellText(title, size, style.heading, isRight),
  );
  printLine(out, [cellText('IMAGE', nameWidth, style.heading), ...titles].join(spaces(GAP)));
  const isSpaced = trees.some(({ platforms }) => platforms.length > 0);
  for (const tree of trees) {
    const names = tree.names.toSorted((a, b) => b.length - a.length);
    for (const name of names.slice(0, -1)) printLine(out, style.name(ellipsis(name, out.columns ?? 0)));
    const last = names.at(-1);
    const shown =
      last === undefined ? cellText('<untagged>', nameWidth, style.untagged) : cellText(last, nameWidth, style.name);
    printLine(out, shown + details(tree, style.plain));
    tree.platforms.forEach((platform, i) => {
      const paint = platform.isAvailable ? style.plain : style.missing;
      const label = cellText(branch(platform.name, i === tree.platforms.length - 1), nameWidth, paint);
      printLine(out, label + details(platform, paint));
    });
    if (isSpaced) printLine(out);
  }
}

/** How many columns there is room for beside names of twelve characters, and how wide those may be then. */
function columnsOf(width: number, trees: readonly Tree[]): { readonly count: number; readonly nameWidth: number } {
  let [count, left] = [0, width];
  for (const { width: size } of COLUMNS) {
    if (left - size - GAP < MIN_NAME_WIDTH) break;
    left -= size + GAP;
    count += 1;
  }
  // docker counts the bytes of a branch, not its characters
  const labels = trees.flatMap(({ names, platforms }) => [
    ...names,
    ...platforms.map(({ name }) => branch(name, true)),
  ]);
  const widest = Math.max('IMAGE'.length, ...labels.map((label) => Buffer.byteLength(label)));
  return { count, nameWidth: Math.min(left, widest) };
}

function branch(name: string, isLast: boolean): string {
  return `${isLast ? '└─' : '├─'} ${name}`;
}

function cellText(text: string, width: number, paint: Paint, isRight = false): string {
  if (text.length > width) return paint(ellipsis(text, width));
  const space = spaces(width - text.length);
  return isRight ? space + paint(text) : paint(text) + space;
}

/** Cut where it is as long as that, or longer; 0 is no bound. */
function ellipsis(text: string, length: number): string {
  return length === 0 || text.length < length ? text : `${text.slice(0, length - 1)}…`;
}

function spaces(count: number): string {
  return ' '.repeat(Math.max(0, count));
}

function platformText(value: JsonValue | undefined): string {
  if (!isJsonObject(value)) return '';
  return [value.os, value.architecture, value.variant]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('/');
}

function numberIn(value: JsonValue | undefined, name: string): number {
  return isJsonObject(value) && typeof value[name] === 'number' ? value[name] : 0;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
