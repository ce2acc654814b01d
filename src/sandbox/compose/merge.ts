import { childText } from './forms.ts';
import { failAt, type ListTree, type MapTree, type Tree } from './tree.ts';

/** Attributes of which a later file's value takes an earlier one's place. */
const REPLACED: ReadonlySet<string> = new Set(['command', 'entrypoint', 'test']);

/** What makes two items of a list the same one, of which the later stays, in the earlier's place. */
const UNIQUE: Readonly<Record<string, (item: Tree) => string>> = {
  volumes: (item) => childText(item, 'target') ?? '',
  ports: (item) => ['host_ip', 'published', 'target', 'protocol'].map((key) => childText(item, key) ?? '').join(':'),
  env_file: (item) => childText(item, 'path') ?? '',
  expose: textKey,
  profiles: textKey,
  aliases: textKey,
};

/**
 * Lays one file over another (Compose Specification, "Merge and override"): mappings are merged, lists appended, texts replaced;
 * `command`, `entrypoint` and the test of a health check replaced whole; volumes unique by target, ports by all that is in
 * them. `!reset` and `!override` are heeded. Services must be in their long forms.
 * @throws {ComposeFileError} a mapping over a text, or the like
 */
export function mergeTrees(below: Tree, above: Tree, name = ''): Tree {
  if (above.tag !== undefined || REPLACED.has(name)) return above;
  if (above.kind === 'scalar' && above.value === null) return below;
  if (below.kind === 'scalar' && below.value === null) return above;
  if (below.kind !== above.kind)
    failAt(above.place, `cannot override ${name}: ${kindName(below)} by ${kindName(above)}`);
  if (below.kind === 'map' && above.kind === 'map') return mergeMaps(below, above);
  if (below.kind === 'list' && above.kind === 'list') return mergeLists(below, above, name);
  return above;
}

function mergeMaps(below: MapTree, above: MapTree): MapTree {
  const entries = new Map(below.entries);
  for (const [key, value] of above.entries) {
    const earlier = entries.get(key);
    entries.set(key, earlier ? mergeTrees(earlier, value, key) : value);
  }
  return { ...below, entries };
}

function mergeLists(below: ListTree, above: ListTree, name: string): ListTree {
  return uniqueItems({ ...below, items: [...below.items, ...above.items] }, name);
}

/** The list without items that a later one takes the place of. */
export function uniqueItems(list: ListTree, name: string): ListTree {
  const keyOf = Object.hasOwn(UNIQUE, name) ? UNIQUE[name] : undefined;
  if (!keyOf) return list;
  return { ...list, items: [...new Map(list.items.map((item) => [keyOf(item), item])).values()] };
}

/** What is left when every file is merged: `!reset` values are gone, and lists hold nothing twice. */
export function settle(tree: Tree, name = ''): Tree {
  if (tree.kind === 'list') return uniqueItems({ ...tree, items: tree.items.map((item) => settle(item)) }, name);
  if (tree.kind === 'scalar') return tree;
  const kept = [...tree.entries].filter(([, value]) => value.tag !== 'reset');
  return { ...tree, entries: new Map(kept.map(([key, value]) => [key, settle(value, key)])) };
}

function kindName(tree: Tree): string {
  return { scalar: 'a text', list: 'a list', map: 'a mapping' }[tree.kind];
}

function textKey(item: Tree): string {
  return item.kind === 'scalar' ? String(item.value) : '';
}
