import { type Digest, isDigest, type Tag } from '../../core/index.ts';
import { toLevels } from './removal-order.ts';
import type { ScannedRepository } from './repository-scan.ts';

/** What decides which manifests of a repository stay. */
export interface KeepDecision {
  /** Does policy keep this tag? Not asked of tags that follow a subject. */
  keepsTag(tag: Tag): boolean;
  /** Was this manifest pushed or claimed so lately that it stays whatever leads to it? */
  isYoung(digest: Digest): boolean;
  /** Do manifests stay that nothing leads to? */
  readonly keepsUntagged: boolean;
}

/** A tag or a manifest. A digest has a colon, a tag never has. */
export type Node = Tag | Digest;

/** What is to go. What is found to be wanted after all keeps everything that it leads to. */
export interface Removal {
  /** In order: tags before what they point at, an index before what it lists, a subject before what follows it. */
  readonly levels: readonly (readonly Node[])[];
  leadsTo(node: Node): readonly Node[];
}

/**
 * Decides what goes. A manifest stays when a tag that stays leads to it, or an index or a subject that stays: an index
 * keeps what it lists, a subject the manifests that refer to it (distribution-spec v1.1, "Listing Referrers"), and a tag
 * `sha256-<hex>…` stays or goes with the manifest it speaks of ("Referrers Tag Schema", and cosign's `.sig`).
 */
export function decideRemoval(repository: ScannedRepository, decision: KeepDecision): Removal {
  const { tags, manifests } = repository;
  const leadsTo = edgesOf(repository);
  const kept = new Set<Node>();
  for (const tag of tags.keys()) {
    const subject = subjectOfTag(tag);
    // A tag whose subject is not here was left by a client that deleted it, or came first: policy treats it as any other.
    if ((!subject || !manifests.has(subject)) && decision.keepsTag(tag)) kept.add(tag);
  }
  for (const digest of manifests.keys()) if (decision.keepsUntagged || decision.isYoung(digest)) kept.add(digest);
  for (const node of kept) for (const next of leadsTo(node)) kept.add(next);
  const removed = new Set([...tags.keys(), ...manifests.keys()].filter((node) => !kept.has(node)));
  return { levels: toLevels<Node>(removed, leadsTo), leadsTo };
}

const SUBJECT_TAG = /^(sha256|sha512)-([0-9a-f]{64,128})(?:\.[A-Za-z0-9._-]+)?$/;

/** The manifest that a tag of the referrers tag schema, or one of cosign's, speaks of. */
export function subjectOfTag(tag: Tag): Digest | undefined {
  const [, algorithm, hex] = SUBJECT_TAG.exec(tag) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}

/** From a tag to its manifest; from a manifest to those it names, and to the manifests and tags that follow it. */
function edgesOf({ tags, manifests }: ScannedRepository): (node: Node) => readonly Node[] {
  const edges = new Map<Node, Node[]>();
  const add = (from: Node, to: Node): void => {
    if (from === to || !(tags.has(to as Tag) || manifests.has(to as Digest))) return;
    const found = edges.get(from);
    if (found) found.push(to);
    else edges.set(from, [to]);
  };
  for (const [tag, { digest }] of tags) {
    add(tag, digest);
    const subject = subjectOfTag(tag);
    if (subject) add(subject, tag);
  }
  for (const [digest, { named, subject }] of manifests) {
    for (const name of named) add(digest, name);
    if (subject && !named.has(subject)) add(subject, digest);
  }
  return (node) => edges.get(node) ?? [];
}
