import {
  type Delegation,
  type FileMeta,
  parseRoot,
  parseTargets,
  ROOT,
  type RoleKeys,
  type RoleName,
  type Root,
  type Targets,
} from '../../tuf/index.ts';
import type { Draft } from '../draft.ts';
import type { SigningRequest } from './signing-request.ts';

/** One thing that publishing a request would change. `what` is a target, or `keys of ROLE`; absent sides are undefined. */
export interface Difference {
  readonly role: RoleName;
  readonly what: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What a request changes in what its draft began with, in the terms of who has to agree to it. */
export function listDifferences(
  { files, removed }: SigningRequest,
  { draft, isFirst }: { readonly draft: Pick<Draft, 'root' | 'published' | 'insufficient'>; readonly isFirst: boolean },
): readonly Difference[] {
  const { root, published, insufficient } = draft;
  const found = [...files].flatMap(([role, { signed }]) =>
    role === ROOT
      ? rootDifferences(isFirst ? undefined : root, parseRoot(signed))
      : targetsDifferences(role, published.get(role) ?? insufficient.get(role), parseTargets(role, signed)),
  );
  const gone = removed.map((role) => ({ role, what: 'delegation', before: 'there', after: undefined }));
  return [...found, ...gone];
}

function rootDifferences(before: Root | undefined, after: Root): readonly Difference[] {
  return compare(ROOT, describeRoot(before), describeRoot(after));
}

function describeRoot(root: Root | undefined): ReadonlyMap<string, string> {
  if (!root) return new Map();
  const keysOf = (keyid: string) => root.keys.get(keyid)?.canonicalKeyid ?? keyid;
  return new Map([...root.roles].map(([name, role]) => [`keys of ${name}`, describeKeys(role, keysOf)]));
}

function targetsDifferences(role: RoleName, before: Targets | undefined, after: Targets): readonly Difference[] {
  return compare(role, describeTargets(before), describeTargets(after));
}

function describeTargets(metadata: Targets | undefined): ReadonlyMap<string, string> {
  if (!metadata) return new Map();
  const { targets, delegations } = metadata;
  const keysOf = (keyid: string) => delegations.keys.get(keyid)?.canonicalKeyid ?? keyid;
  return new Map([
    ...[...targets].map(([name, file]) => [name, describeFile(file)] as const),
    ...delegations.roles.map((role) => [`keys of ${role.name}`, describeDelegation(role, keysOf)] as const),
  ]);
}

function describeFile({ length, hashes, extra }: FileMeta): string {
  const texts = [...hashes].map(([algorithm, hash]) => `${algorithm}:${hash.toString('hex')}`);
  const custom = Object.keys(extra).length > 0 ? `, ${JSON.stringify(extra)}` : '';
  return `${texts.join(', ')}, ${length} bytes${custom}`;
}

function describeKeys({ threshold, keyids }: RoleKeys, nameOf: (keyid: string) => string): string {
  return `${threshold} of ${keyids.map(nameOf).sort().join(', ')}`;
}

function describeDelegation(role: Delegation, nameOf: (keyid: string) => string): string {
  const paths = role.paths.map((path) => JSON.stringify(path)).join(', ');
  return `${describeKeys(role, nameOf)} for names beginning with ${paths || 'nothing'}`;
}

function compare(
  role: RoleName,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly Difference[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((what) => ({ role, what, before: before.get(what), after: after.get(what) }))
    .filter((difference) => difference.before !== difference.after);
}
