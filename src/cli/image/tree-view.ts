import { humanSize, isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import { ExitError } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { type Io, type Output, printLine } from '../io.ts';

export interface TreeRequest {
  readonly all: boolean;
  readonly filters: string | undefined;
  /** Flags that go with no tree, by name, where they are given. */
  readonly refused: Readonly<Record<string, boolean | string | undefined>>;
}

const MIN_MINOR = 47;
const WARNING = "WARNING: This is an experimental feature. The output may change and shouldn't be depended on.";
const LEGEND = 'Info ->  U In Use ';
const COLUMNS = [
  ['ID', 12],
  ['DISK USAGE', 10],
  ['CONTENT SIZE', 12],
  ['EXTRA', 5],
] as const;
const GAP = '   ';
const DEFAULT_WIDTH = 80;
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
  layOut(io.stdout, images.map(treeOf));
  return 0;
}

interface Tree {
  readonly names: readonly string[];
  readonly cells: readonly string[];
  readonly platforms: readonly { readonly name: string; readonly cells: readonly string[] }[];
}

function treeOf(image: JsonObject): Tree {
  const names = listOf(image.RepoTags).filter((name) => typeof name === 'string');
  const manifests = listOf(image.Manifests)
    .filter(isJsonObject)
    .filter(({ Kind: kind }) => kind === 'image');
  const content = manifests.reduce((sum, { Size: size }) => sum + numberIn(size, 'Content'), 0);
  const platforms = manifests.map(({ ID: id, ImageData: data, Size: size }) => {
    const image = isJsonObject(data) ? data : {};
    const isUsed = listOf(image.Containers).length > 0;
    return {
      name: platformText(image.Platform),
      cells: cellsOf(id, numberIn(size, 'Total'), numberIn(size, 'Content'), isUsed),
    };
  });
  const isUsed = Number(image.Containers ?? 0) > 0;
  return {
    names: names.length === 0 ? ['<untagged>'] : names,
    cells: cellsOf(image.Id, Number(image.Size ?? 0), content, isUsed),
    platforms,
  };
}

function cellsOf(id: JsonValue | undefined, usage: number, content: number, isUsed: boolean): string[] {
  const short = String(id ?? '')
    .replace(/^sha256:/, '')
    .slice(0, SHORT_ID);
  return [short, humanSize(usage, 3), humanSize(content, 3), isUsed ? 'U' : ''];
}

function layOut(out: Output, trees: readonly Tree[]): void {
  const style = styleOf(out);
  const labels = trees.flatMap(({ names, platforms }) => [
    ...names,
    ...platforms.map(({ name }) => branch(name, true)),
  ]);
  // docker counts the bytes of a branch, not its characters
  const width = Math.max('IMAGE'.length, ...labels.map((label) => Buffer.byteLength(label))) + GAP.length;
  printLine(out, style.warning(WARNING));
  printLine(out, `${' '.repeat(Math.max(0, (out.columns ?? DEFAULT_WIDTH) - LEGEND.length))}${style.legend(LEGEND)}`);
  printLine(out);
  const heading = COLUMNS.map(([name, size]) => `${style.heading(name)}${' '.repeat(size - name.length)}`);
  printLine(
    out,
    [`${style.heading('IMAGE')}${' '.repeat(width - 'IMAGE'.length)}${heading[0]}`, ...heading.slice(1)].join(GAP),
  );
  for (const { names, cells, platforms } of trees) {
    for (const name of names.slice(0, -1)) printLine(out, style.name(name));
    const last = names.at(-1) ?? '';
    printLine(out, `${style.name(last)}${' '.repeat(width - last.length)}${rowText(cells, style.plain)}`);
    platforms.forEach(({ name, cells: below }, i) => {
      const text = branch(name, i === platforms.length - 1);
      printLine(out, `${style.plain(text)}${' '.repeat(width - text.length)}${rowText(below, style.plain)}`);
    });
    printLine(out);
  }
}

function branch(name: string, isLast: boolean): string {
  return `${isLast ? '└─' : '├─'} ${name}`;
}

/** The id to the left, sizes to the right of their columns. */
function rowText(cells: readonly string[], paint: (text: string) => string): string {
  return COLUMNS.map(([, size], i) => {
    const cell = cells[i] ?? '';
    const space = ' '.repeat(Math.max(0, size - cell.length));
    const isRight = i === 1 || i === 2;
    const shown = cell === '' ? '' : paint(cell);
    return isRight ? space + shown : shown + space;
  }).join(GAP);
}

type Paint = (text: string) => string;

/** Colours, in a terminal; headings are in bold everywhere, as with docker. */
function styleOf({ isTerminal }: Output): Record<'warning' | 'legend' | 'heading' | 'name' | 'plain', Paint> {
  const inTerminal =
    (before: string): Paint =>
    (text) =>
      isTerminal ? `${before}${text}\x1b[0m` : text;
  return {
    warning: inTerminal('\x1b[93m'),
    legend: inTerminal('\x1b[96m'),
    heading: (text) => `\x1b[39m\x1b[1m${text}\x1b[0m`,
    name: inTerminal('\x1b[34m\x1b[1m'),
    plain: inTerminal('\x1b[39m'),
  };
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
