import type { Clock, Log } from '../core/index.ts';
import {
  type Gun,
  type PublicKey,
  parseEnvelope,
  parseRoot,
  ROOT,
  type RoleName,
  rootRole,
  SNAPSHOT,
  TIMESTAMP,
} from '../tuf/index.ts';
import { type Actor, NOBODY } from './actor.ts';
import type { Upload } from './http/upload.ts';
import { KeyedQueue } from './keyed-queue.ts';
import type { ServerKeys, ServerRole } from './keys/server-keys.ts';
import { appendEntry } from './store/audit/audit-log.ts';
import type { AuditEvent } from './store/audit/entry.ts';
import { CachedMetadata } from './store/cached-metadata.ts';
import {
  type InTransaction,
  MetadataStore,
  type NewFile,
  type StoredFile,
  VersionConflictError,
} from './store/metadata-store.ts';
import type { NotaryDatabase } from './store/schema.ts';
import { freshPair } from './update/freshen.ts';
import { TrustedRoots } from './update/trusted-roots.ts';
import { type UpdateContext, validateUpdate } from './update/validate-update.ts';
import { WireError } from './wire-error.ts';

/** How often an update is checked anew since another replica changed the collection meanwhile. */
const MAX_ATTEMPTS = 5;

/** The Notary service itself, without HTTP. */
export class Notary {
  readonly database: NotaryDatabase;
  readonly store: MetadataStore;
  readonly #keys: ServerKeys;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #metadata: CachedMetadata;
  readonly #roots = new TrustedRoots();
  /** Updates of one collection take turns, so that those which do not touch the same roles all succeed. */
  readonly #updates = new KeyedQueue<Gun>();

  readonly #hasAudit: boolean;

  constructor(database: NotaryDatabase, keys: ServerKeys, clock: Clock, log: Log, { hasAudit = true } = {}) {
    this.#hasAudit = hasAudit;
    this.database = database;
    this.store = new MetadataStore(database);
    this.#keys = keys;
    this.#clock = clock;
    this.#log = log;
    this.#metadata = new CachedMetadata(this.store, database);
  }

  /** @throws {WireError} INVALID_UPDATE, VERSION */
  async publish(gun: Gun, upload: Upload, actor: Actor = NOBODY): Promise<void> {
    const context = this.#context(gun);
    await this.#updates.run(gun, async () => {
      const files = await this.#store(gun, upload, context, actor);
      const roles = files.map(({ role, version }) => `${role} ${version}`);
      this.#log.info('collection updated', { gun, roles, ...actor });
    });
  }

  /** Begins anew when another replica was quicker with a file that is signed here: the publisher could not know. */
  async #store(gun: Gun, upload: Upload, context: UpdateContext, actor: Actor): Promise<readonly NewFile[]> {
    const record = this.#record({ at: context.now, action: 'publish', gun, actor });
    for (let attempt = 1; ; attempt += 1) {
      await this.#metadata.catchUp();
      const files = await validateUpdate(gun, upload, context);
      try {
        await this.#metadata.addFiles(gun, files, context.now, record);
        return files;
      } catch (thrown) {
        if (!(thrown instanceof VersionConflictError)) throw thrown;
        if (upload.has(thrown.role) || attempt === MAX_ATTEMPTS) throw new WireError('VERSION', {});
      }
    }
  }

  /** The file to serve as `role` now. Timestamp and snapshot are signed again when they have run out. */
  async findCurrent(gun: Gun, role: RoleName): Promise<StoredFile | undefined> {
    const catchingUp = this.#metadata.catchUp();
    if (catchingUp) await catchingUp; // mostly there is none, and no need to wait a turn
    const fresh = this.#metadata.findFresh(gun, role, this.#clock.now());
    if (fresh) return fresh;
    if (role !== TIMESTAMP && role !== SNAPSHOT) return this.#metadata.findCurrent(gun, role);
    const pair = await this.#updates.run(gun, () => freshPair(gun, this.#context(gun)));
    return role === TIMESTAMP ? pair?.timestamp : pair?.snapshot;
  }

  /** As `findCurrent`, when it is known without waiting for anything. */
  findAtOnce(gun: Gun, role: RoleName): StoredFile | undefined {
    return this.#metadata.catchUp() ? undefined : this.#metadata.findFresh(gun, role, this.#clock.now());
  }

  /** The key root lists for the role, if it is ours; else the newest one made for it, or a new one. */
  async getKey(gun: Gun, role: ServerRole, actor: Actor = NOBODY): Promise<PublicKey> {
    await this.#metadata.catchUp();
    const stored = await this.#metadata.findCurrent(gun, ROOT);
    const listed = stored
      ? rootRole(parseRoot(parseEnvelope(stored.bytes).signed), role).keys
      : new Map<string, PublicKey>();
    for (const [keyid, key] of listed) if (await this.#keys.findSigner(gun, role, keyid)) return key;
    return (stored ? undefined : await this.#keys.findLatestKey(gun, role)) ?? this.rotateKey(gun, role, actor);
  }

  /** A new key, pending until a published root lists it. */
  async rotateKey(gun: Gun, role: ServerRole, actor: Actor = NOBODY): Promise<PublicKey> {
    const key = await this.#keys.createKey(gun, role);
    const event = { at: this.#clock.now(), action: 'create-key', gun, actor, key: { role, keyid: key.keyid } } as const;
    if (this.#hasAudit) await this.database.transaction((transaction) => appendEntry(transaction, event));
    this.#log.info('key created', { gun, role, keyid: key.keyid, ...actor });
    return key;
  }

  /** Forgets what was published. Keys stay: whoever has the old root still trusts them. */
  async delete(gun: Gun, actor: Actor = NOBODY): Promise<void> {
    const now = this.#clock.now();
    const record = this.#record({ at: now, action: 'delete', gun, actor });
    await this.#updates.run(gun, () => this.#metadata.deleteCollection(gun, now, record));
    this.#log.info('collection deleted', { gun, ...actor });
  }

  #context(gun: Gun): UpdateContext {
    const now = this.#clock.now();
    const recordSigning = this.#record({ at: now, action: 'sign', gun, actor: NOBODY });
    return { metadata: this.#metadata, keys: this.#keys, roots: this.#roots, now, recordSigning };
  }

  /** Appends `event` to the audit log, with the files that were stored, in their transaction. */
  #record(event: AuditEvent): InTransaction | undefined {
    if (!this.#hasAudit) return undefined;
    return (transaction, stored) => {
      const files = stored.map(({ role, version, sha256 }) => ({ role, version, sha256 }));
      return appendEntry(transaction, files.length > 0 ? { ...event, files } : event);
    };
  }
}
