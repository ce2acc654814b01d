import { type Clock, errorMessage, type Log, silentLog, TrustSandboxError } from '../core/index.ts';
import { COMPAT, type Gun, type RoleName, type TrustPinning, type VerificationRules } from '../tuf/index.ts';
import {
  type FoundTarget,
  findTarget,
  getTarget,
  listSignedTargets,
  listTargets,
  type SignedTarget,
  type TrustCollection,
} from './collection.ts';
import { TargetNotFoundError } from './errors.ts';
import type { KeyStore } from './key-store.ts';
import { type LockedCollection, verifyLockedTags, verifyLockedTarget } from './lock.ts';
import { openPin } from './open-pin.ts';
import type { PublishContext } from './publish.ts';
import { type FindSize, verifyTargetSize } from './target-size.ts';
import { describeFound, type TraceSink } from './trace.ts';
import type { TrustDirectory } from './trust-directory.ts';
import type { TrustServer } from './trust-server.ts';
import { updateCollection } from './update.ts';

export interface TrustRepositoryParts {
  readonly gun: Gun;
  readonly directory: TrustDirectory;
  readonly server: TrustServer;
  readonly keys: KeyStore;
  readonly clock: Clock;
  /** Who is to hold the snapshot key of a new collection; the server when absent. */
  readonly snapshotKeyHolder?: 'server' | 'client';
  /** Whose roots are trusted; whichever comes first when absent. Looked at whenever a root is, cached or not. */
  readonly pinning?: TrustPinning | undefined;
  /** How metadata is verified; as Notary's client does when absent. */
  readonly rules?: VerificationRules;
  /** Is told of each step of finding out what to trust. */
  readonly trace?: TraceSink | undefined;
  /** What the lockfile in use says of the collection. Looked at whenever trust data is. */
  readonly lock?: LockedCollection | undefined;
  /** Gets what would be published, as a request for more signatures; nothing is published then. */
  readonly toRequest?: PublishContext['toRequest'];
  /** Warnings and errors are worded as docker prints them. */
  readonly log?: Log;
}

/** The trust data of one GUN, as who verifies has it: a cache, a server, and what is asked of both. */
export class TrustReader {
  readonly gun: Gun;
  protected readonly parts: TrustRepositoryParts & { readonly log: Log };

  constructor(parts: TrustRepositoryParts) {
    this.parts = { log: silentLog, ...parts };
    this.gun = parts.gun;
  }

  /** @throws as `updateCollection` */
  async update(): Promise<TrustCollection> {
    return updateCollection(await this.context());
  }

  /** What could be trusted but for its date: for those who want to know why it is not. @throws as `updateCollection` */
  async updateExpired(): Promise<TrustCollection> {
    return updateCollection({ ...(await this.context()), log: silentLog, allowExpired: true });
  }

  /**
   * For the next question of one command. docker updates before each; here what was found out without a warning holds, and
   * otherwise, so that warnings come as often as with docker, it is found out again.
   */
  async again(collection: TrustCollection): Promise<TrustCollection> {
    return collection.hasWarnings ? this.update() : collection;
  }

  /** @throws as `updateCollection` */
  async listTargets(roles?: readonly RoleName[]): Promise<readonly FoundTarget[]> {
    return this.select((collection) => listTargets(collection, roles));
  }

  /** @throws {TargetNotFoundError} and as `updateCollection` */
  async getTarget(name: string, roles?: readonly RoleName[]): Promise<FoundTarget> {
    const [found] = await this.select((collection) => [getTarget(collection, name, roles)], name);
    if (!found) throw new TargetNotFoundError(name);
    return found;
  }

  /**
   * The targets that `choose` takes of what is trusted now, held to the lockfile, if one is in use, and told of in the
   * trace. `target` is what is looked for, if it is one.
   * @throws {LockMismatchError} and as `updateCollection` and `choose`
   */
  async select(
    choose: (collection: TrustCollection) => readonly FoundTarget[],
    target?: string,
  ): Promise<readonly FoundTarget[]> {
    const { lock, trace } = this.parts;
    try {
      const found = choose(await this.update());
      for (const one of found) {
        if (lock) verifyLockedTarget(this.gun, lock, one);
        trace?.(describeFound(one, lock !== undefined));
      }
      return found;
    } catch (thrown) {
      const code = thrown instanceof TrustSandboxError ? thrown.code : 'UNKNOWN';
      trace?.({ kind: 'refused', target, code, reason: errorMessage(thrown) });
      throw thrown;
    }
  }

  /**
   * Holds to the lockfile, if one is in use, what would be taken for a tag; for all that are locked, when none is named.
   * @throws {LockMismatchError | RoleUnverifiedError}
   */
  verifyLock(collection: TrustCollection, roles: readonly RoleName[], tag?: string): void {
    const { lock } = this.parts;
    if (lock) verifyLockedTags(this.gun, lock, (name) => findTarget(collection, name, roles), tag);
  }

  /** Strictly, what a target was signed for has the size that was signed too. @throws as `verifyTargetSize` */
  verifySize(target: FoundTarget, find: FindSize): Promise<boolean> {
    const { rules = COMPAT, trace } = this.parts;
    return verifyTargetSize(target, find, { rules, trace });
  }

  /** Who signed what: one entry a role. @throws as `updateCollection` */
  async listSignedTargets(name?: string): Promise<readonly SignedTarget[]> {
    return listSignedTargets(await this.update(), name);
  }

  protected cache() {
    return this.parts.directory.metadata(this.gun);
  }

  protected async context(): Promise<PublishContext> {
    const { pinning, directory, ...parts } = this.parts;
    return {
      rules: COMPAT,
      ...parts,
      pin: await openPin(pinning, this.gun),
      cache: this.cache(),
      now: parts.clock.now(),
    };
  }
}
