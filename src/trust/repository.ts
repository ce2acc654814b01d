import { type Clock, errorMessage, type Log, silentLog, TrustSandboxError } from '../core/index.ts';
import {
  COMPAT,
  type FileMeta,
  type Gun,
  ROOT,
  type RoleName,
  TARGETS,
  type TrustPinning,
  type VerificationRules,
} from '../tuf/index.ts';
import type { Change } from './change.ts';
import { ChangeList } from './change-list.ts';
import {
  type FoundTarget,
  findTarget,
  getTarget,
  listSignedTargets,
  listTargets,
  type SignedTarget,
  type TrustCollection,
} from './collection.ts';
import { type LockWaiting, lockCollection } from './collection-lock.ts';
import { type Draft, draftOf, nextRoot } from './draft.ts';
import { TargetNotFoundError } from './errors.ts';
import { type InitialRoot, initializeCollection } from './initialize.ts';
import type { KeyStore } from './key-store.ts';
import { type LockedCollection, verifyLockedTags, verifyLockedTarget } from './lock.ts';
import { openPin } from './open-pin.ts';
import { type PublishContext, publishChanges, untilNotOvertaken } from './publish.ts';
import { markExpiring, type Renewal } from './renewal.ts';
import { makeRequest } from './request/make-request.ts';
import { parseRotationRole, type RotationOptions, rotationKeys } from './rotation.ts';
import { signDraft } from './sign.ts';
import { listSignableRoles } from './signable-roles.ts';
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

/**
 * The trust data of one GUN, as a publisher and a verifier have it: a cache, a server, private keys and what waits to be
 * published.
 */
export class TrustRepository {
  readonly gun: Gun;
  readonly keys: KeyStore;
  readonly changes: ChangeList;
  readonly #parts: TrustRepositoryParts & { readonly log: Log };

  constructor(parts: TrustRepositoryParts) {
    this.#parts = { log: silentLog, ...parts };
    this.gun = parts.gun;
    this.keys = parts.keys;
    this.changes = new ChangeList(parts.directory.changeFolder(parts.gun), parts.clock);
  }

  /** @throws as `updateCollection` */
  async update(): Promise<TrustCollection> {
    return updateCollection(await this.#context());
  }

  /** What could be trusted but for its date: for those who want to know why it is not. @throws as `updateCollection` */
  async updateExpired(): Promise<TrustCollection> {
    return updateCollection({ ...(await this.#context()), log: silentLog, allowExpired: true });
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
    const { lock, trace } = this.#parts;
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
    const { lock } = this.#parts;
    if (lock) verifyLockedTags(this.gun, lock, (name) => findTarget(collection, name, roles), tag);
  }

  /** Strictly, what a target was signed for has the size that was signed too. @throws as `verifyTargetSize` */
  verifySize(target: FoundTarget, find: FindSize): Promise<boolean> {
    const { rules = COMPAT, trace } = this.#parts;
    return verifyTargetSize(target, find, { rules, trace });
  }

  /** Who signed what: one entry a role. @throws as `updateCollection` */
  async listSignedTargets(name?: string): Promise<readonly SignedTarget[]> {
    return listSignedTargets(await this.update(), name);
  }

  /** @throws {NoSignableRolesError} and as `updateCollection` */
  async listSignableRoles(target: string): Promise<readonly RoleName[]> {
    return listSignableRoles(await this.update(), target, this.keys);
  }

  /** Makes the metadata of a new collection; `publish` sends it. @throws as `initializeCollection` */
  initialize(root?: InitialRoot): Promise<void> {
    return initializeCollection({ ...this.#parts, cache: this.#cache() }, root);
  }

  /**
   * Gives a role other keys and publishes that alone; what is staged stays staged. Private keys that no role uses any
   * more go, but for root's, once the server has taken it.
   * @throws {RotationInvalidError} and as `publish`
   */
  async rotateKey(role: string, options: RotationOptions = {}): Promise<void> {
    const parsed = parseRotationRole(role, options.isServerManaged ?? false);
    const keys = await rotationKeys(this.#parts, parsed, options);
    const draft = await this.#publishAgain([{ kind: 'replace-keys', role: parsed, keys }], options.legacyVersions);
    if (parsed !== ROOT && !this.#parts.toRequest) await this.#forgetReplaced(draft);
  }

  /**
   * Signs again what runs out by `before`, expired already or not, and publishes that alone. What has no key here is left.
   * @throws as `publish`, but that nothing is too old
   */
  async renew(before: Date): Promise<Renewal> {
    const { server, clock, keys, toRequest } = this.#parts;
    const context = { ...(await this.#context()), log: silentLog, allowExpired: true };
    return untilNotOvertaken(async () => {
      const draft = draftOf(await updateCollection(context, true));
      const renewal = await markExpiring(draft, {
        gun: this.gun,
        keys,
        clock,
        before,
        isRequest: toRequest !== undefined,
      });
      if (renewal.renewed.length === 0) return renewal;
      if (toRequest) {
        await toRequest(await makeRequest(draft, { gun: this.gun, keys, now: clock.now() }));
        return renewal;
      }
      const isRootLeft = renewal.left.some(({ role }) => role === ROOT);
      await server.publish(this.gun, await signDraft(draft, { keys, now: clock.now(), isFirst: false, isRootLeft }));
      return renewal;
    });
  }

  /** Forgets what is cached and staged. Private keys stay, and so does what the server has. */
  async forget(): Promise<void> {
    await this.#parts.directory.removeCollection(this.gun);
  }

  /** Has the server delete the collection. @throws whatever the server throws */
  async deleteRemote(): Promise<void> {
    await this.#parts.server.deleteCollection(this.gun);
  }

  /** Stages a target for each of `roles`. */
  async addTarget(name: string, file: FileMeta, roles: readonly RoleName[] = [TARGETS]): Promise<void> {
    for (const role of roles) await this.changes.add({ kind: 'add-target', role, name, file });
  }

  /** Stages the removal of a target from each of `roles`. */
  async removeTarget(name: string, roles: readonly RoleName[] = [TARGETS]): Promise<void> {
    for (const role of roles) await this.changes.add({ kind: 'remove-target', role, name });
  }

  /**
   * Brings the cache up to date, applies the staged changes to what the server has now, signs and sends all of it in one
   * request; once more when somebody else has published in between. On success the changes are no longer staged, but for those that came meanwhile. The cache is left to the
   * next update. `changes` go with those that are staged, and are not themselves staged: when it fails nothing is left behind of them.
   * @throws {NoSigningKeysError | InsufficientSignaturesError | RoleInvalidError | TargetNotAdmittedError}
   * @throws {ChangeInvalidError} and as `updateCollection`, `initializeCollection` and the server
   */
  async publish(changes: readonly Change[] = []): Promise<void> {
    const staged = await this.changes.list();
    await this.publishChanges([...staged.map(({ change }) => change), ...changes]);
    await this.changes.remove(staged);
  }

  /** Publishes changes that were not staged, and leaves those that are. When it fails nothing is left behind. */
  async publishChanges(changes: readonly Change[]): Promise<void> {
    await this.#publishAgain(changes);
  }

  /** What requests for signatures, and recovery, work with. */
  publishContext(): Promise<PublishContext> {
    return this.#context();
  }

  async #publishAgain(changes: readonly Change[], legacyVersions = 0): Promise<Draft> {
    return untilNotOvertaken(async () => publishChanges(await this.#context(), changes, legacyVersions));
  }

  /** Keeps other processes of ours from changing this collection until disposed of. @throws {CollectionLockedError} */
  lock(waiting?: LockWaiting): Promise<AsyncDisposable> {
    return lockCollection(this.#parts.directory, this.gun, waiting);
  }

  async #forgetReplaced(draft: Draft): Promise<void> {
    const left = nextRoot(draft).keys;
    for (const [keyid, key] of draft.root.keys) if (!left.has(keyid)) await this.keys.remove(key.canonicalKeyid);
  }

  #cache() {
    return this.#parts.directory.metadata(this.gun);
  }

  async #context(): Promise<PublishContext> {
    const { pinning, directory, ...parts } = this.#parts;
    return {
      rules: COMPAT,
      ...parts,
      pin: await openPin(pinning, this.gun),
      cache: this.#cache(),
      now: parts.clock.now(),
    };
  }
}
