import type { ImageReference } from '../../core/index.ts';
import {
  listDelegationRoles,
  listSignedTargets,
  RELEASES,
  type SignedTarget,
  type TrustCollection,
  type TrustRepository,
} from '../../trust/index.ts';
import { type RoleName, rootRole, TARGETS } from '../../tuf/index.ts';
import { compareNaturally } from '../natural-order.ts';

/** A signed tag, and the names of those who signed it; none when only the repository key did. */
export interface SignedTag {
  readonly tag: string;
  /** Hex, without algorithm. */
  readonly digest: string;
  readonly signers: readonly string[];
}

export interface Signer {
  readonly name: string;
  /** Canonical keyids. */
  readonly keyids: readonly string[];
}

/** What `trust inspect` shows of a repository. */
export interface Signatures {
  readonly tags: readonly SignedTag[];
  readonly signers: readonly Signer[];
  readonly rootKeyids: readonly string[];
  readonly repositoryKeyids: readonly string[];
}

/** What docker calls those who hold the repository's own key. */
export const REPO_ADMIN = 'Repo Admin';

const PREFIX = 'targets/';

/** A target counts as released when one of the roles that docker looks tags up in has it. */
export function isReleased(role: RoleName): boolean {
  return role === RELEASES || role === TARGETS;
}

/** `alice` of `targets/alice`. */
function signerName(role: RoleName): string {
  return role.slice(PREFIX.length);
}

/** The role of a signer's name. The name must be one that `isSignerName` takes. */
export function signerRole(name: string): RoleName {
  return (PREFIX + name) as RoleName;
}

/** @throws as `updateCollection` */
export async function readSignatures(repository: TrustRepository, { tag }: ImageReference): Promise<Signatures> {
  const first = await repository.update();
  repository.verifyLock(first, [RELEASES, TARGETS], tag);
  const second = await repository.again(first);
  const { root } = second;
  return {
    tags: releasedTags(listSignedTargets(first, tag)),
    signers: listSigners(await repository.again(second)),
    rootKeyids: [...rootRole(root, 'root').keys.keys()],
    repositoryKeyids: [...rootRole(root, 'targets').keys.keys()],
  };
}

/** Every signer and their keys, by name. */
export function listSigners(collection: TrustCollection): readonly Signer[] {
  return listDelegationRoles(collection)
    .filter(({ name }) => !isReleased(name))
    .map(({ name, keys }) => ({
      name: signerName(name),
      keyids: [...keys.values()].map(({ canonicalKeyid }) => canonicalKeyid),
    }))
    .sort((a, b) => compareNaturally(a.name, b.name));
}

/** The released tags, by name, each with those who signed the same digest under it. */
export function releasedTags(targets: readonly SignedTarget[]): readonly SignedTag[] {
  const found = new Map<string, { tag: string; digest: string; signers: string[] }>();
  for (const { name, role, file } of targets) {
    const digest = file.hashes.get('sha256')?.toString('hex') ?? '';
    if (isReleased(role)) found.set(`${name} ${digest}`, { tag: name, digest, signers: [] });
  }
  for (const { name, role, file } of targets) {
    const digest = file.hashes.get('sha256')?.toString('hex') ?? '';
    if (!isReleased(role)) found.get(`${name} ${digest}`)?.signers.push(signerName(role));
  }
  return [...found.values()].sort((a, b) => compareNaturally(a.tag, b.tag));
}

/** Keys that this signer alone has. */
export function ownKeyids(name: string, collection: TrustCollection): readonly string[] {
  const signers = listSigners(collection);
  const others = new Set(signers.filter((signer) => signer.name !== name).flatMap(({ keyids }) => keyids));
  return signers.find((signer) => signer.name === name)?.keyids.filter((keyid) => !others.has(keyid)) ?? [];
}
