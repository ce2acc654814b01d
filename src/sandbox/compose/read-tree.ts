import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import {
  ComposeFileError,
  failAt,
  type MapTree,
  type MergeTag,
  mapTree,
  type Place,
  type Tree,
  tagged,
} from './tree.ts';

/** A file of anchors that name anchors grows without bound; a compose file for a sandbox has some hundred values. */
const MAX_NODES = 50_000;
const MAX_DEPTH = 64;

const TAGS: ReadonlyMap<string, MergeTag> = new Map([
  ['!reset', 'reset'],
  ['!override', 'override'],
]);

/**
 * Reads YAML into trees that know their lines, one for each document of the file: anchors and `<<` (YAML 1.1, "Merge Key
 * Language-Independent Type") are resolved. `file` is its name in messages.
 * @throws {ComposeFileError} it is no YAML, or no mapping
 */
export function readTrees(text: string, file: string): MapTree[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, logLevel: 'silent', uniqueKeys: true });
  if (!Array.isArray(documents)) return [mapTree({ file, line: 1 })]; // an empty file
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) {
    throw new ComposeFileError(
      errors.map((error) => ({
        place: { file, line: error.linePos?.[0].line ?? 1 },
        message: (error.message.split(' at line')[0] ?? '').trim(),
      })),
    );
  }
  return documents.map((document) => {
    const tree = new Reader(document, file, lines).read(document.contents, { file, line: 1 }, 0);
    if (tree.kind === 'map') return tree;
    if (tree.kind === 'scalar' && tree.value === null) return mapTree(tree.place);
    return failAt(tree.place, 'top-level object must be a mapping');
  });
}

class Reader {
  readonly #document: Document;
  readonly #file: string;
  readonly #lines: LineCounter;
  #nodes = 0;

  constructor(document: Document, file: string, lines: LineCounter) {
    this.#document = document;
    this.#file = file;
    this.#lines = lines;
  }

  read(node: unknown, place: Place, depth: number): Tree {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES || depth > MAX_DEPTH) failAt(place, 'anchors or nesting make this file too large');
    if (isAlias(node)) return this.read(this.#resolve(node, place), place, depth + 1);
    const tag = TAGS.get((node as Node | null)?.tag ?? '');
    if (isMap(node)) return tagged(this.#map(node, place, depth), tag);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item, this.#placeOf(item, place), depth + 1));
      return tagged({ kind: 'list', items, place }, tag);
    }
    return tagged({ kind: 'scalar', value: scalarValue(node), place }, tag);
  }

  #map(node: YAMLMap, place: Place, depth: number): MapTree {
    const own = new Map<string, Tree>();
    const merged = new Map<string, Tree>();
    for (const pair of node.items as Pair[]) {
      const at = this.#placeOf(pair.key, place);
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
      if (key !== '<<') own.set(key, this.read(pair.value, at, depth + 1));
      else
        for (const [name, tree] of this.#mergeKey(pair.value, at, depth)) if (!merged.has(name)) merged.set(name, tree);
    }
    return mapTree(place, [...[...merged].filter(([name]) => !own.has(name)), ...own]);
  }

  /** What `<<` brings: a mapping's entries, or those of several, of which the first wins. */
  #mergeKey(value: unknown, place: Place, depth: number): [string, Tree][] {
    const tree = this.read(value, place, depth + 1);
    const maps = tree.kind === 'list' ? tree.items : [tree];
    return maps.flatMap((map) =>
      map.kind === 'map' ? [...map.entries] : failAt(place, 'a merge key (<<) wants a mapping, or a list of them'),
    );
  }

  #resolve(alias: Alias, place: Place): Node {
    return alias.resolve(this.#document) ?? failAt(place, `unknown anchor: ${alias.source}`);
  }

  #placeOf(node: unknown, parent: Place): Place {
    const offset = (node as Node | null)?.range?.[0];
    return offset === undefined ? parent : { file: this.#file, line: this.#lines.linePos(offset).line };
  }
}

function scalarValue(node: unknown): string | number | boolean | null {
  const value = isScalar(node) ? node.value : null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : String(value);
}
