import {
  type ListTree,
  type MapTree,
  mapTree,
  type Place,
  type Problem,
  type ScalarTree,
  scalarTree,
  type Tree,
} from './tree.ts';

/** Collects what is wrong, so that all of it can be told at once. */
export interface Complaints {
  add(place: Place, message: string): void;
}

export function openComplaints(): Complaints & { readonly problems: Problem[] } {
  const problems: Problem[] = [];
  return {
    problems,
    add(place, message) {
      problems.push({ place, message });
    },
  };
}

/** Text of a scalar; numbers and booleans as YAML shows them. `null` is an empty text. */
export function textOf(tree: Tree): string | undefined {
  return tree.kind === 'scalar' ? String(tree.value ?? '') : undefined;
}

/** True and false, also as a variable spells them. */
export function booleanOf(tree: Tree | undefined): boolean | undefined {
  const text = tree && textOf(tree)?.toLowerCase();
  if (text === 'true' || text === 'yes' || text === 'on' || text === '1') return true;
  return text === 'false' || text === 'no' || text === 'off' || text === '0' || text === '' ? false : undefined;
}

export function child(tree: Tree | undefined, key: string): Tree | undefined {
  return tree?.kind === 'map' ? tree.entries.get(key) : undefined;
}

export function childText(tree: Tree | undefined, key: string): string | undefined {
  const found = child(tree, key);
  return found && textOf(found);
}

/** One text, or a list of them, as a list. */
export function listForm(tree: Tree): ListTree {
  if (tree.kind === 'list') return tree;
  const items = tree.kind === 'scalar' && tree.value === null ? [] : [tree];
  return { kind: 'list', items, place: tree.place, ...(tree.tag && { tag: tree.tag }) };
}

/** `[NAME=value, NAME]`, or a mapping, as a mapping; a name alone has `null`. */
export function keyValueForm(tree: Tree, name: string, complaints: Complaints): MapTree {
  if (tree.kind === 'map') {
    for (const value of tree.entries.values()) {
      if (value.kind !== 'scalar')
        complaints.add(value.place, `${name} must be a mapping of texts, or a list of NAME=value`);
    }
    return tree;
  }
  const pairs = listForm(tree).items.map((item): readonly [string, ScalarTree] => {
    const text = textOf(item);
    if (text === undefined) complaints.add(item.place, `${name} must be a mapping of texts, or a list of NAME=value`);
    const [key = '', ...rest] = (text ?? '').split('=');
    return [key, scalarTree(item.place, rest.length === 0 ? null : rest.join('='))];
  });
  return { ...mapTree(tree.place, pairs), ...(tree.tag && { tag: tree.tag }) };
}

/** `[a, b]`, or a mapping, as a mapping; what a list names has `value`. */
export function namesForm(tree: Tree, name: string, complaints: Complaints, value: (place: Place) => Tree): MapTree {
  if (tree.kind === 'map') return tree;
  const pairs = listForm(tree).items.map((item) => {
    const text = textOf(item);
    if (text === undefined) complaints.add(item.place, `${name} must be a list of names, or a mapping`);
    return [text ?? '', value(item.place)] as const;
  });
  return { ...mapTree(tree.place, pairs), ...(tree.tag && { tag: tree.tag }) };
}

/** The entries of a mapping; none of nothing. */
export function itemsForm(tree: Tree | undefined): ReadonlyMap<string, Tree> {
  return tree?.kind === 'map' ? tree.entries : new Map();
}
