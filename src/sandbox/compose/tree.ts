import { TrustSandboxError } from '../../core/index.ts';

/** Where something was written. Lines count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** A value of a compose file that knows where it was written; that of a mapping's entry is where its key is. */
export type Tree = ScalarTree | ListTree | MapTree;

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly place: Place;
  readonly tag?: MergeTag;
}

export interface ListTree {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly place: Place;
  readonly tag?: MergeTag;
}

export interface MapTree {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Tree>;
  readonly place: Place;
  readonly tag?: MergeTag;
}

/** `!reset` takes away what an earlier file said, `!override` takes its place (Compose Specification, "Merge and override"). */
export type MergeTag = 'reset' | 'override';

/** Something that is wrong with a compose file, and where. */
export interface Problem {
  readonly place: Place;
  readonly message: string;
}

/** Every problem of a project's compose files, each with its file and line. */
export class ComposeFileError extends TrustSandboxError {
  readonly code = 'SANDBOX_COMPOSE_FILE';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(({ place, message }) => `${place.file}: line ${place.line}: ${message}`).join('\n'));
    this.problems = problems;
  }
}

/** @throws {ComposeFileError} */
export function failAt(place: Place, message: string): never {
  throw new ComposeFileError([{ place, message }]);
}

export function mapTree(place: Place, entries: Iterable<readonly [string, Tree]> = []): MapTree {
  return { kind: 'map', entries: new Map(entries), place };
}

export function scalarTree(place: Place, value: ScalarTree['value']): ScalarTree {
  return { kind: 'scalar', value, place };
}

/** The same without places, as JSON has it. */
export function plainOf(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(plainOf);
  const plain: Record<string, unknown> = Object.create(null);
  for (const [key, value] of tree.entries) plain[key] = plainOf(value);
  return plain;
}

/** `value` or no tag: exact optional properties want the member absent. */
export function tagged<T extends Tree>(tree: T, tag: MergeTag | undefined): T {
  return tag === undefined ? tree : { ...tree, tag };
}
