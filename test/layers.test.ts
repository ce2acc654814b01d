import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

/** Arrows point down only; a room may import rooms of lower floors, and what is listed beside it. */
const FLOORS: Record<string, number> = {
  cli: 4,
  console: 4,
  testing: 4,
  sandbox: 3,
  lab: 3,
  bridge: 3,
  lessons: 3,
  registry: 2,
  notary: 2,
  engine: 2,
  trust: 2,
  tuf: 1,
  pki: 1,
  storage: 1,
  settings: 1,
  http: 1,
  files: 1,
  core: 0,
};
/** Faces that may be imported across one floor, each by one room. */
const SIDE_DOORS = new Map([
  ['engine', ['registry/client']],
  ['trust', ['notary/client']],
  ['storage', ['files']],
  ['lab', ['sandbox']],
  ['cli', ['testing']],
]);
const PURE = new Set(['core', 'tuf']);
const PURE_NODE_MODULES = new Set(['node:crypto', 'node:buffer']);

const SRC = join(import.meta.dirname, '..', 'src');

interface Import {
  readonly file: string;
  readonly from: string;
  readonly target: string;
}

function listImports(): Import[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/\.(test|suite)\.ts$/.test(file),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
    return specifiers.map((specifier) => ({
      file,
      from: roomOf(file),
      target: specifier.startsWith('.') ? posix.normalize(posix.join(dirname(file), specifier)) : specifier,
    }));
  });
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? '';
}

function isAllowed({ from, target }: Import): boolean {
  const to = roomOf(target);
  if (from === to) return true;
  const door = relative(to, dirname(target));
  const face = door === '' ? to : `${to}/${door}`;
  if (!target.endsWith('/index.ts') || (door !== '' && door !== 'client')) return false; // only by the room's face
  if (SIDE_DOORS.get(from)?.includes(face)) return true;
  return (FLOORS[to] ?? Infinity) < (FLOORS[from] ?? -1);
}

const imports = listImports();

describe('the house', () => {
  test('has only rooms that are on a floor', () => {
    const rooms = new Set(imports.map(({ from }) => from));
    expect([...rooms].filter((room) => !(room in FLOORS) && !room.endsWith('.ts'))).toEqual([]);
  });

  test('has arrows that point down only, through the face of each room', () => {
    const wrong = imports
      .filter(({ from, target }) => from in FLOORS && target.endsWith('.ts'))
      .filter((found) => !isAllowed(found))
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(wrong).toEqual([]);
  });

  test('keeps core and tuf pure: no clock, network or disk', () => {
    const wrong = imports
      .filter(({ from, target }) => PURE.has(from) && target.startsWith('node:') && !PURE_NODE_MODULES.has(target))
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(wrong).toEqual([]);
  });
});
