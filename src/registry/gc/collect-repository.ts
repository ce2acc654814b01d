import { type Digest, isDigest, type RepositoryName, type Tag } from '../../core/index.ts';
import type { StorageDriver } from '../../storage/index.ts';
import {
  currentTagLinkKey,
  layerLinkKey,
  referrerLinkKey,
  revisionLinkKey,
  tagFolder,
  tagIndexLinkKey,
} from '../layout.ts';
import { mapConcurrently } from './concurrently.ts';
import { decideRemoval, type Node, type Removal } from './decide.ts';
import { claimKey, folderOf } from './layout.ts';
import { reachedFrom } from './removal-order.ts';
import { readLink, type ScannedRepository, scanRepository } from './repository-scan.ts';
import { keptTags, type RetentionPolicy, ruleFor } from './retention.ts';
import type { Sweeper, Victim } from './sweeper.ts';

export interface RepositoryRules {
  readonly deleteUntagged: boolean;
  readonly retention: RetentionPolicy;
}

export interface RepositoryTimes {
  /** When the scan began. */
  readonly began: Date;
  /** What is younger is left alone. */
  readonly cutoff: Date;
}

/** What was deleted in one repository, and what it still holds. */
export interface CollectedRepository {
  readonly tags: readonly Tag[];
  readonly manifests: readonly Digest[];
  readonly layerLinks: readonly Digest[];
  /** All that its remaining links lead to. */
  readonly linked: ReadonlySet<Digest>;
  readonly unreadable: readonly Digest[];
}

/**
 * Collects in one repository: tags that policy does not keep, manifests that nothing keeps, then links to blobs that no
 * manifest names. A crash anywhere leaves nothing that leads to something gone.
 */
export async function collectRepository(
  driver: StorageDriver,
  sweeper: Sweeper | undefined,
  name: RepositoryName,
  rules: RepositoryRules,
  times: RepositoryTimes,
  signal?: AbortSignal,
): Promise<CollectedRepository> {
  const repository = await scanRepository(driver, name);
  const { unreadable } = repository;
  const isIdle = unreadable.length > 0 || !sweeper;
  const removed = isIdle
    ? new Set<Node>()
    : await sweepRemoval(driver, sweeper, repository, await decide(driver, repository, rules, times), times, signal);
  const layerLinks = isIdle ? [] : await sweepLayerLinks(sweeper, repository, removed, times, signal);
  return {
    tags: [...removed].filter((node): node is Tag => !isDigest(node)),
    manifests: [...removed].filter(isDigest),
    layerLinks,
    linked: await linkedFrom(driver, repository, removed, new Set(layerLinks)),
    unreadable,
  };
}

/** All that links which are left lead to, under whatever name. */
async function linkedFrom(
  driver: StorageDriver,
  { name, manifests, layers, unreadable }: ScannedRepository,
  removed: ReadonlySet<Node>,
  removedLayers: ReadonlySet<Digest>,
): Promise<ReadonlySet<Digest>> {
  const linked = new Set<Digest>(unreadable);
  for (const [digest, { target }] of manifests) if (!removed.has(digest)) linked.add(digest).add(target);
  await mapConcurrently(
    layers.filter((digest) => !removedLayers.has(digest)),
    async (digest) => linked.add(digest).add((await readLink(driver, layerLinkKey(name, digest))) ?? digest),
  );
  for (const digest of unreadable) {
    const target = await readLink(driver, revisionLinkKey(name, digest));
    if (target) linked.add(target);
  }
  return linked;
}

async function decide(
  driver: StorageDriver,
  repository: ScannedRepository,
  { deleteUntagged, retention }: RepositoryRules,
  { began, cutoff }: RepositoryTimes,
): Promise<Removal> {
  const rule = ruleFor(retention, repository.name);
  const kept = rule && keptTags(rule, repository.tags, began);
  const claimed = new Set<Digest>();
  const decideNow = (): Removal =>
    decideRemoval(repository, {
      keepsTag: (tag) => kept?.has(tag) ?? true,
      isYoung: (digest) => claimed.has(digest) || !((repository.manifests.get(digest)?.pushedAt ?? began) < cutoff),
      keepsUntagged: !(deleteUntagged || (rule && (rule.deleteUntagged ?? true))),
    });
  const first = decideNow();
  for (const digest of first.levels.flat().filter(isDigest)) {
    const claim = await driver.stat(claimKey(digest));
    if (claim && claim.modifiedAt >= cutoff) claimed.add(digest);
  }
  return claimed.size > 0 ? decideNow() : first;
}

/** Level by level; what turns out to be wanted keeps all that it leads to. */
async function sweepRemoval(
  driver: StorageDriver,
  sweeper: Sweeper,
  repository: ScannedRepository,
  { levels, leadsTo }: Removal,
  { cutoff }: RepositoryTimes,
  signal?: AbortSignal,
): Promise<ReadonlySet<Node>> {
  const removed = new Set<Node>();
  let spared: ReadonlySet<Node> = new Set();
  for (const level of levels) {
    const due = level.filter((node) => !spared.has(node));
    const swept = new Set(
      (
        await sweeper.sweep(
          due.map((node) => victimOf(repository, node)),
          cutoff,
          signal,
        )
      ).map(({ key }) => key),
    );
    const wanted = due.filter((node) => !swept.has(victimOf(repository, node).key));
    spared = reachedFrom([...spared, ...wanted], leadsTo);
    for (const node of due) if (!wanted.includes(node)) removed.add(node);
  }
  if (!sweeper.isDryRun) await tidy(driver, repository, removed);
  return removed;
}

function victimOf({ name, tags }: ScannedRepository, node: Node): Victim {
  if (isDigest(node)) {
    const key = revisionLinkKey(name, node);
    return { key, remove: folderOf(key), digest: node };
  }
  const tag = node as Tag;
  const { digest, version } = tags.get(tag) ?? {};
  if (!digest || version === undefined) throw new TypeError(`tag ${tag} was not scanned`);
  return { key: currentTagLinkKey(name, tag), remove: tagFolder(name, tag), digest, version };
}

/** Links that mean nothing once a manifest is gone: its mention among referrers, and in the history of tags. */
async function tidy(
  driver: StorageDriver,
  { name, tags, manifests }: ScannedRepository,
  removed: ReadonlySet<Node>,
): Promise<void> {
  for (const node of removed) {
    if (!isDigest(node)) continue;
    const subject = manifests.get(node)?.subject;
    if (subject) await driver.delete(folderOf(referrerLinkKey(name, subject, node)));
    for (const tag of tags.keys()) {
      const history = tagIndexLinkKey(name, tag, node);
      if (!removed.has(tag) && (await driver.stat(history))) await driver.delete(folderOf(history));
    }
  }
}

async function sweepLayerLinks(
  sweeper: Sweeper,
  { name, manifests, layers }: ScannedRepository,
  removed: ReadonlySet<Node>,
  { cutoff }: RepositoryTimes,
  signal?: AbortSignal,
): Promise<readonly Digest[]> {
  const named = new Set<Digest>();
  for (const [digest, references] of manifests) {
    if (removed.has(digest)) continue;
    for (const each of references.named) named.add(each);
    if (references.subject) named.add(references.subject);
  }
  const victims = layers
    .filter((digest) => !named.has(digest))
    .map((digest) => {
      const key = layerLinkKey(name, digest);
      return { key, remove: folderOf(key), digest };
    });
  return (await sweeper.sweep(victims, cutoff, signal)).map(({ digest }) => digest);
}
