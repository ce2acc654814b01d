import { randomUUID } from 'node:crypto';
import {
  type Clock,
  type Digest,
  isDigest,
  type Log,
  silentLog,
  systemClock,
  TrustSandboxError,
} from '../../core/index.ts';
import { keyName, type StorageDriver, type StorageKey } from '../../storage/index.ts';
import { BLOBS, blobDataKey } from '../layout.ts';
import { CLAIM_MS } from './claims.ts';
import { collectRepository, type RepositoryRules } from './collect-repository.ts';
import { DigestSet } from './digest-set.ts';
import { CLAIMS, SWEEPS } from './layout.ts';
import { type Position, Progress } from './progress.ts';
import type { CollectionReport } from './report.ts';
import { ReportBuilder } from './report-builder.ts';
import { findRepositoryFolders } from './repository-folders.ts';
import { type Pace, realPace } from './sweep-notices.ts';
import { Sweeper, type Victim } from './sweeper.ts';

export interface CollectionOptions extends Partial<RepositoryRules> {
  readonly driver: StorageDriver;
  readonly clock?: Clock;
  readonly log?: Log;
  /** How old something must be to be collected; an hour unless given. Less than half an hour only while nobody writes. */
  readonly graceMs?: number;
  /** Nobody writes to this storage while it is collected, so that there is no need for a grace. */
  readonly isOffline?: boolean;
  /** Says what would be deleted, and changes nothing. */
  readonly isDryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly newId?: () => string;
  readonly pace?: Pace;
}

/** The grace is shorter than servers need. */
export class GraceTooShortError extends TrustSandboxError {
  readonly code = 'GRACE_TOO_SHORT';
  constructor(graceMs: number) {
    super(
      `a grace of ${graceMs / 1000} s is too short while a registry may write: ${(2 * CLAIM_MS) / 1000} s at least`,
    );
  }
}

const DEFAULT_GRACE_MS = 60 * 60_000;
/** Nothing is too young, whatever the clocks say. */
const OFFLINE_MS = -24 * 60 * 60_000;

/**
 * Collects what no manifest leads to, while registries (ours, of this agreement: docs/adr/0003) read and write the same
 * storage. Cut off, it goes on where it was, the next time with the same options.
 * @throws {GraceTooShortError | CollectionUnderWayError}
 */
export async function collectGarbage(options: CollectionOptions): Promise<CollectionReport> {
  const { graceMs = options.isOffline ? 0 : DEFAULT_GRACE_MS, isOffline = false } = options;
  if (graceMs < 2 * CLAIM_MS && !isOffline) throw new GraceTooShortError(graceMs);
  return new Collection(options, isOffline && graceMs === 0 ? OFFLINE_MS : graceMs).run();
}

/** One run. */
class Collection {
  readonly #options: CollectionOptions;
  readonly #driver: StorageDriver;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #graceMs: number;
  readonly #rules: RepositoryRules;
  readonly #progress: Progress;
  readonly #sweeper: Sweeper;
  readonly #report = new ReportBuilder();
  /** Digests that some link leads to. */
  readonly #linked = new DigestSet();

  constructor(options: CollectionOptions, graceMs: number) {
    const { driver, clock = systemClock, log = silentLog, deleteUntagged = false, retention = [] } = options;
    const id = (options.newId ?? randomUUID)();
    this.#options = options;
    this.#driver = driver;
    this.#clock = clock;
    this.#log = log;
    this.#graceMs = graceMs;
    this.#rules = { deleteUntagged, retention };
    this.#progress = new Progress(driver, clock, { task: JSON.stringify([this.#rules, graceMs]), id });
    this.#sweeper = new Sweeper(driver, options.pace ?? realPace, id, options.isDryRun ?? false);
  }

  async run(): Promise<CollectionReport> {
    const startedAt = this.#clock.now();
    const { isDryRun = false } = this.#options;
    const from: Position = isDryRun ? { phase: 'repositories', done: '' } : await this.#progress.begin();
    const began = await this.#note(from);
    const cutoff = this.#cutoff(began);
    if (!isDryRun) await this.#tidySweeps(cutoff);
    await this.#collectRepositories(from);
    await this.#collectBlobs(from.phase === 'blobs' ? from.done : '', cutoff);
    if (!isDryRun) {
      await this.#tidyClaims(cutoff);
      await this.#progress.end();
    }
    const isResumed = from.done !== '' || from.phase === 'blobs';
    const finishedAt = this.#clock.now();
    return { startedAt, finishedAt, isDryRun, isResumed, ...this.#report.build() };
  }

  async #note(position: Position): Promise<Date> {
    return this.#options.isDryRun ? this.#clock.now() : this.#progress.note(position);
  }

  #cutoff(began: Date): Date {
    return new Date(began.getTime() - this.#graceMs);
  }

  /** Those already done are looked at again for what they hold, and nothing is deleted in them. */
  async #collectRepositories({ phase, done }: Position): Promise<void> {
    let last = done;
    const { named, unnamed } = await findRepositoryFolders(this.#driver);
    for (const folder of unnamed) this.#report.addUnnamed(folder);
    for (const name of named) {
      this.#options.signal?.throwIfAborted();
      const isDone = phase === 'blobs' || name <= done;
      const began = await this.#note({ phase, done: last });
      const sweeper = isDone ? undefined : this.#sweeper;
      const times = { began, cutoff: this.#cutoff(began) };
      const collected = await collectRepository(this.#driver, sweeper, name, this.#rules, times, this.#options.signal);
      if (!isDone) last = name;
      for (const digest of collected.linked) this.#linked.add(digest);
      this.#report.addRepository(name, collected);
      const { tags, manifests, layerLinks } = collected;
      this.#log.debug('repository collected', { repository: name, tags, manifests, layerLinks });
    }
  }

  /** Not at all while there are repositories that nobody can name: what they have cannot be told. */
  async #collectBlobs(done: string, cutoff: Date): Promise<void> {
    if (this.#report.hasUnnamed) return;
    for await (const algorithm of this.#driver.list(BLOBS)) {
      for await (const folder of this.#driver.list(algorithm)) {
        this.#options.signal?.throwIfAborted();
        if (folder <= done) continue;
        const victims: Victim[] = [];
        for await (const blob of this.#driver.list(folder)) {
          const digest = `${keyName(algorithm)}:${keyName(blob)}`;
          if (!isDigest(digest)) continue;
          if (this.#linked.mayHave(digest)) this.#report.addKept(1);
          else victims.push(await this.#blobVictim(digest, blob));
        }
        const swept = await this.#sweeper.sweep(victims, cutoff, this.#options.signal);
        for (const { digest, size = 0 } of swept) this.#report.addBlob(digest, size);
        this.#report.addKept(victims.length - swept.length);
        await this.#note({ phase: 'blobs', done: folder });
      }
    }
  }

  async #blobVictim(digest: Digest, remove: StorageKey): Promise<Victim> {
    const key = blobDataKey(digest);
    return { key, remove, digest, size: (await this.#driver.stat(key))?.size ?? 0 };
  }

  /** Notices of collectors that were killed. */
  async #tidySweeps(cutoff: Date): Promise<void> {
    for await (const key of this.#driver.list(SWEEPS)) {
      const stat = await this.#driver.stat(key);
      if (stat && stat.modifiedAt < cutoff) await this.#driver.delete(key);
    }
  }

  async #tidyClaims(cutoff: Date): Promise<void> {
    for await (const algorithm of this.#driver.list(CLAIMS)) {
      for await (const folder of this.#driver.list(algorithm)) {
        const victims: Victim[] = [];
        for await (const claim of this.#driver.list(folder)) {
          const digest = `${keyName(algorithm)}:${keyName(claim)}`;
          if (isDigest(digest)) victims.push({ key: claim, remove: claim, digest });
        }
        await this.#sweeper.sweep(victims, cutoff, this.#options.signal);
      }
    }
  }
}
