import {
  type Clock,
  type Digest,
  Digester,
  digestAlgorithm,
  humanSize,
  isDigest,
  type Log,
  type RepositoryName,
  silentLog,
  systemClock,
} from '../../core/index.ts';
import { KeyNotFoundError, keyName, type ObjectStat, type StorageDriver } from '../../storage/index.ts';
import { listRepositories } from '../catalog.ts';
import { BLOBS, blobDataKey, layerLinkKey, revisionLinkKey } from '../layout.ts';
import { Quarantine } from './quarantine.ts';

export interface ScrubOptions {
  readonly driver: StorageDriver;
  readonly clock?: Clock;
  readonly log?: Log;
  /** Moves damaged blobs aside. */
  readonly isQuarantining?: boolean;
  /** Only blobs after this one, in the order of the store: where an earlier scrub was cut off. */
  readonly after?: Digest;
  readonly signal?: AbortSignal;
}

/** A blob whose bytes are not what its digest says. */
export interface DamagedBlob {
  readonly digest: Digest;
  readonly found: Digest;
  readonly size: number;
  /** The repositories that have it, and lost it. */
  readonly repositories: readonly RepositoryName[];
  readonly isQuarantined: boolean;
}

export interface ScrubReport {
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly blobs: number;
  /** Bytes read. */
  readonly bytes: number;
  readonly damaged: readonly DamagedBlob[];
}

/** Hashes every blob again, while registries go on. Reads all there is: a pass takes as long as the storage needs. */
export async function scrub(options: ScrubOptions): Promise<ScrubReport> {
  const { driver, clock = systemClock, log = silentLog, isQuarantining = false, after, signal } = options;
  const startedAt = clock.now();
  const quarantine = new Quarantine(driver, clock);
  const damaged: Omit<DamagedBlob, 'repositories'>[] = [];
  let [blobs, bytes] = [0, 0];
  for await (const digest of listBlobs(driver, after)) {
    signal?.throwIfAborted();
    const checked = await check(driver, digest, signal);
    if (!checked) continue; // collected since
    blobs += 1;
    bytes += checked.size;
    if (checked.found === digest) continue;
    const isQuarantined = isQuarantining && (await quarantine.put(digest, checked.found, checked.version));
    damaged.push({ digest, found: checked.found, size: checked.size, isQuarantined });
    log.error('blob is damaged', { digest, found: checked.found, isQuarantined });
  }
  const holders = await findHolders(
    driver,
    damaged.map(({ digest }) => digest),
  );
  return {
    startedAt,
    finishedAt: clock.now(),
    blobs,
    bytes,
    damaged: damaged.map((each) => ({ ...each, repositories: holders.get(each.digest) ?? [] })),
  };
}

/** For people. */
export function formatScrubReport({ blobs, bytes, damaged }: ScrubReport): string {
  const lines = damaged.map(({ digest, found, size, repositories, isQuarantined }) => {
    const where = repositories.length > 0 ? `, in ${repositories.join(', ')}` : '';
    return `${digest} holds ${humanSize(size)} of ${found}${where}${isQuarantined ? '; moved to quarantine' : ''}`;
  });
  return `${[...lines, `${blobs} blobs verified (${humanSize(bytes)}), ${damaged.length} damaged`].join('\n')}\n`;
}

async function* listBlobs(driver: StorageDriver, after: Digest | undefined): AsyncGenerator<Digest> {
  const from = after === undefined ? '' : blobDataKey(after);
  for await (const algorithm of driver.list(BLOBS)) {
    for await (const folder of driver.list(algorithm)) {
      for await (const blob of driver.list(folder)) {
        const digest = `${keyName(algorithm)}:${keyName(blob)}`;
        if (isDigest(digest) && blobDataKey(digest) > from) yield digest;
      }
    }
  }
}

async function check(
  driver: StorageDriver,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<(ObjectStat & { readonly found: Digest }) | undefined> {
  const stat = await driver.stat(blobDataKey(digest));
  if (!stat) return undefined;
  const digester = new Digester(digestAlgorithm(digest));
  try {
    for await (const chunk of await driver.read(blobDataKey(digest))) {
      signal?.throwIfAborted();
      digester.update(chunk);
    }
  } catch (error) {
    if (error instanceof KeyNotFoundError) return undefined;
    throw error;
  }
  return { ...stat, size: digester.size, found: digester.digest() };
}

async function findHolders(
  driver: StorageDriver,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, readonly RepositoryName[]>> {
  const holders = new Map<Digest, RepositoryName[]>(digests.map((digest) => [digest, []]));
  if (digests.length === 0) return holders;
  for (const name of await listRepositories(driver)) {
    for (const [digest, found] of holders) {
      const links = [layerLinkKey(name, digest), revisionLinkKey(name, digest)];
      for (const link of links) {
        if (!(await driver.stat(link))) continue;
        found.push(name);
        break;
      }
    }
  }
  return holders;
}
