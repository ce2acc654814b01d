import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { type Complaints, child, childText } from './forms.ts';
import { mapTree, scalarTree, type Tree } from './tree.ts';

const MODES: ReadonlySet<string> = new Set([
  'rw',
  'ro',
  'z',
  'Z',
  'cached',
  'delegated',
  'consistent',
  'nocopy',
  'rshared',
  'rslave',
  'rprivate',
  'shared',
  'slave',
  'private',
]);

/** The long form of a volume, with an absolute source when it is a folder of the host (Compose Specification, "volumes"). */
export function mountForm(tree: Tree, folder: string, complaints: Complaints): Tree {
  if (tree.kind === 'map') return withAbsoluteSource(tree, folder, complaints);
  const text = tree.kind === 'scalar' ? String(tree.value ?? '') : '';
  const parts = text.split(':');
  const [source = '', target, mode = 'rw'] = parts.length === 1 ? [undefined, parts[0]] : parts;
  const wrongMode = mode.split(',').find((word) => !MODES.has(word));
  if (parts.length > 3 || !target?.startsWith('/') || (parts.length > 1 && source === '') || wrongMode !== undefined) {
    complaints.add(tree.place, `invalid volume ${JSON.stringify(text)}: want [SOURCE:]/TARGET[:ro]`);
    return tree;
  }
  const at = (value: string | boolean): Tree => scalarTree(tree.place, value);
  const isBind = isPath(source);
  const entries: [string, Tree][] = [['type', at(isBind ? 'bind' : 'volume')]];
  if (source !== '') entries.push(['source', at(isBind ? absolute(source, folder) : source)]);
  entries.push(['target', at(target.replace(/(?<=.)\/+$/, ''))]);
  if (mode.split(',').includes('ro')) entries.push(['read_only', at(true)]);
  const bind = mapTree(tree.place, [['create_host_path', at(true)]]);
  entries.push(isBind ? ['bind', bind] : ['volume', mapTree(tree.place)]);
  return mapTree(tree.place, entries);
}

function withAbsoluteSource(tree: Tree & { kind: 'map' }, folder: string, complaints: Complaints): Tree {
  const type = childText(tree, 'type') ?? '';
  if (!['bind', 'volume', 'tmpfs'].includes(type))
    complaints.add(tree.place, `volume type must be bind, volume or tmpfs`);
  if (!childText(tree, 'target')?.startsWith('/'))
    complaints.add(tree.place, 'a volume needs a target, an absolute path');
  const source = child(tree, 'source');
  if (type !== 'bind' || !source) return tree;
  const path = scalarTree(source.place, absolute(String(childText(tree, 'source')), folder));
  return { ...tree, entries: new Map([...tree.entries, ['source', path]]) };
}

function isPath(source: string): boolean {
  return isAbsolute(source) || /^(?:\.{1,2}(?:\/|$)|~(?:\/|$))/.test(source);
}

function absolute(path: string, folder: string): string {
  return path.startsWith('~') ? resolve(homedir(), `.${path.slice(1)}`) : resolve(folder, path);
}
