import { silentLog } from '../core/index.ts';
import { type FileMeta, ROOT, type RoleName, TARGETS } from '../tuf/index.ts';
import type { Change } from './change.ts';
import { ChangeList } from './change-list.ts';
import { type LockWaiting, lockCollection } from './collection-lock.ts';
import { type Draft, draftOf, nextRoot } from './draft.ts';
import { type InitialRoot, initializeCollection } from './initialize.ts';
import type { KeyStore } from './key-store.ts';
import { type PublishContext, publishChanges, untilNotOvertaken } from './publish.ts';
import { TrustReader, type TrustRepositoryParts } from './reader.ts';
import { markExpiring, type Renewal } from './renewal.ts';
import { makeRequest } from './request/make-request.ts';
import { parseRotationRole, type RotationOptions, rotationKeys } from './rotation.ts';
import { signDraft } from './sign.ts';
import { listSignableRoles } from './signable-roles.ts';
import { updateCollection } from './update.ts';

/**
 * The trust data of one GUN, as a publisher and a verifier have it: a cache, a server, private keys and what waits to be
 * published.
 */
export class TrustRepository extends TrustReader {
  readonly keys: KeyStore;
  readonly changes: ChangeList;

  constructor(parts: TrustRepositoryParts) {
    super(parts);
    this.keys = parts.keys;
    this.changes = new ChangeList(parts.directory.changeFolder(parts.gun), parts.clock);
  }

  /** @throws {NoSignableRolesError} and as `updateCollection` */
  async listSignableRoles(target: string): Promise<readonly RoleName[]> {
    return listSignableRoles(await this.update(), target, this.keys);
  }

  /** Makes the metadata of a new collection; `publish` sends it. @throws as `initializeCollection` */
  initialize(root?: InitialRoot): Promise<void> {
    return initializeCollection({ ...this.parts, cache: this.cache() }, root);
  }

  /**
   * Gives a role other keys and publishes that alone; what is staged stays staged. Private keys that no role uses any
   * more go, but for root's, once the server has taken it.
   * @throws {RotationInvalidError} and as `publish`
   */
  async rotateKey(role: string, options: RotationOptions = {}): Promise<void> {
    const parsed = parseRotationRole(role, options.isServerManaged ?? false);
    const keys = await rotationKeys(this.parts, parsed, options);
    const draft = await this.#publishAgain([{ kind: 'replace-keys', role: parsed, keys }], options.legacyVersions);
    if (parsed !== ROOT && !this.parts.toRequest) await this.#forgetReplaced(draft);
  }

  /**
   * Signs again what runs out by `before`, expired already or not, and publishes that alone. What has no key here is left.
   * @throws as `publish`, but that nothing is too old
   */
  async renew(before: Date): Promise<Renewal> {
    const { server, clock, keys, toRequest } = this.parts;
    const context = { ...(await this.context()), log: silentLog, allowExpired: true };
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
    await this.parts.directory.removeCollection(this.gun);
  }

  /** Has the server delete the collection. @throws whatever the server throws */
  async deleteRemote(): Promise<void> {
    await this.parts.server.deleteCollection(this.gun);
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
    return this.context();
  }

  async #publishAgain(changes: readonly Change[], legacyVersions = 0): Promise<Draft> {
    return untilNotOvertaken(async () => publishChanges(await this.context(), changes, legacyVersions));
  }

  /** Keeps other processes of ours from changing this collection until disposed of. @throws {CollectionLockedError} */
  lock(waiting?: LockWaiting): Promise<AsyncDisposable> {
    return lockCollection(this.parts.directory, this.gun, waiting);
  }

  async #forgetReplaced(draft: Draft): Promise<void> {
    const left = nextRoot(draft).keys;
    for (const [keyid, key] of draft.root.keys) if (!left.has(keyid)) await this.keys.remove(key.canonicalKeyid);
  }
}
