import { createHash, generateKeyPairSync } from 'node:crypto';
import type { Clock } from '../../core/index.ts';
import {
  type MetadataQuery,
  type RemoteKeyRole,
  RemoteNotFoundError,
  RemoteRejectedError,
} from '../../notary/client/index.ts';
import {
  acceptDelegation,
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  defaultExpires,
  type Envelope,
  fileMetaOf,
  formatSnapshot,
  formatTimestamp,
  type Gun,
  getDelegationRole,
  isDelegation,
  openSigner,
  type PublicKey,
  parseEnvelope,
  parseTargets,
  ROOT,
  type RoleName,
  type Root,
  type Signer,
  SNAPSHOT,
  signMetadata,
  TARGETS,
  type Targets,
  TIMESTAMP,
  type Trusted,
} from '../../tuf/index.ts';
import type { TrustServer } from '../trust-server.ts';

/** A trust server in memory: checks what it is sent, signs snapshot and timestamp, and keeps every version. */
export class MemoryTrustServer implements TrustServer {
  readonly host = 'notaryserver:4443';
  /** What was asked for, in order: `timestamp`, `snapshot by hash`, `root version 2`, `key timestamp`, `publish root targets`. */
  readonly requests: string[] = [];
  /** Thrown at every request while set. */
  failure: Error | undefined;
  /** Gets each answer, to change it on the way. */
  tamper: (name: string, bytes: Buffer) => Buffer = (_, bytes) => bytes;

  readonly #clock: Clock;
  readonly #keys = new Map<string, Signer>();
  readonly #current = new Map<RoleName, Buffer>();
  readonly #byHash = new Map<string, Buffer>();
  readonly #roots = new Map<number, Buffer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async getMetadata(_gun: Gun, role: RoleName, { sha256, version, maxBytes }: MetadataQuery): Promise<Buffer> {
    const name = `${role}${sha256 ? ' by hash' : ''}${version ? ` version ${version}` : ''}`;
    this.#request(name);
    const found = sha256 ? this.#byHash.get(sha256) : version ? this.#roots.get(version) : this.#current.get(role);
    if (!found) throw new RemoteNotFoundError(role);
    return this.tamper(name, found).subarray(0, maxBytes);
  }

  async getKey(_gun: Gun, role: RemoteKeyRole): Promise<PublicKey> {
    this.#request(`key ${role}`);
    return this.#signer(role as RoleName).key;
  }

  async rotateKey(_gun: Gun, role: RemoteKeyRole): Promise<PublicKey> {
    this.#request(`rotate ${role}`);
    const made = openSigner(generateKeyPairSync('ed25519').privateKey);
    this.#keys.set(role, made);
    return made.key;
  }

  async deleteCollection(): Promise<void> {
    this.#request('delete');
    for (const kept of [this.#current, this.#byHash, this.#roots]) kept.clear();
  }

  async publish(gun: Gun, files: ReadonlyMap<RoleName, Uint8Array>): Promise<void> {
    this.#request(['publish', ...files.keys()].join(' '));
    const now = this.#clock.now();
    const offered = new Map([...files].map(([role, bytes]) => [role, parseEnvelope(bytes)]));
    const root = this.#acceptRoot(gun, offered.get(ROOT), now);
    const tree = this.#acceptTargets(root, offered, now);
    if (root !== undefined) this.#keep(ROOT, root.envelope.bytes, root.version);
    for (const [role, targets] of tree) this.#keep(role, targets.envelope.bytes);
    const snapshot = offered.get(SNAPSHOT);
    if (snapshot) this.#keep(SNAPSHOT, acceptSnapshot(root, undefined, snapshot, { now }).envelope.bytes);
    await this.#signSnapshot(snapshot !== undefined);
  }

  /** Puts files in place as they are, recorded ones for example. */
  load(files: ReadonlyMap<RoleName, Buffer>): void {
    for (const [role, bytes] of files) this.#keep(role, bytes, role === ROOT ? 1 : undefined);
  }

  /** Puts a root in place, signed by whom it may be. */
  async replaceRoot(bytes: Buffer, version: number): Promise<void> {
    this.#keep(ROOT, bytes, version);
    await this.#signSnapshot();
  }

  current(role: RoleName): Buffer | undefined {
    return this.#current.get(role);
  }

  #request(name: string): void {
    this.requests.push(name);
    if (this.failure) throw this.failure;
  }

  #acceptRoot(gun: Gun, offered: Envelope | undefined, now: Date): Trusted<Root> {
    const known = this.#current.get(ROOT);
    const trusted = known && acceptRoot(parseEnvelope(known), { gun, now });
    if (offered) return acceptRoot(offered, { gun, now, trusted });
    if (!trusted) throw refusal('no pre-existing root and no root provided in update.');
    return trusted;
  }

  #acceptTargets(root: Trusted<Root>, offered: ReadonlyMap<RoleName, Envelope>, now: Date) {
    const tree = new Map<RoleName, Trusted<Targets>>();
    const known = this.#current.get(TARGETS);
    const minVersion = known ? parseTargets(TARGETS, parseEnvelope(known).signed).version : 1;
    const targets = offered.get(TARGETS) ?? (known && parseEnvelope(known));
    if (!targets) throw refusal('targets must be loaded first');
    const accepted = acceptTargets(root, undefined, targets, { now, minVersion });
    if (known && offered.has(TARGETS) && accepted.version <= minVersion) throw new RemoteRejectedError('VERSION');
    tree.set(TARGETS, accepted);
    for (const [role, envelope] of offered) {
      if (!isDelegation(role)) continue;
      tree.set(role, acceptDelegation(getDelegationRole(root, tree, role), undefined, envelope, { now }));
    }
    return tree;
  }

  /** And the timestamp; that alone where the client has signed the snapshot. */
  async #signSnapshot(isThere = false): Promise<void> {
    const meta = new Map(
      [...this.#current]
        .filter(([role]) => role !== SNAPSHOT && role !== TIMESTAMP)
        .map(([role, bytes]) => [role as string, fileMetaOf(bytes)]),
    );
    const sent = isThere ? this.#current.get(SNAPSHOT) : undefined;
    const snapshot = sent ?? (await this.#sign(SNAPSHOT, (common) => formatSnapshot({ ...common, meta })));
    const promised = new Map([['snapshot', fileMetaOf(snapshot)]]);
    await this.#sign(TIMESTAMP, (common) => formatTimestamp({ ...common, meta: promised }));
  }

  async #sign(
    role: typeof SNAPSHOT | typeof TIMESTAMP,
    format: (common: {
      version: number;
      expires: string;
      extra: object & Record<string, never>;
    }) => Parameters<typeof signMetadata>[0],
  ): Promise<Buffer> {
    const known = this.#current.get(role);
    const version = known ? Number(parseEnvelope(known).signed.version) + 1 : 1;
    const signed = format({ version, expires: defaultExpires(role, this.#clock.now()), extra: {} });
    const { bytes } = await signMetadata(signed, [this.#signer(role)]);
    this.#keep(role, bytes);
    return bytes;
  }

  #keep(role: RoleName, bytes: Buffer, version?: number): void {
    this.#current.set(role, bytes);
    this.#byHash.set(createHash('sha256').update(bytes).digest('hex'), bytes);
    if (version !== undefined) this.#roots.set(version, bytes);
  }

  #signer(role: RoleName): Signer {
    const known = this.#keys.get(role) ?? openSigner(generateKeyPairSync('ed25519').privateKey);
    this.#keys.set(role, known);
    return known;
  }
}

function refusal(message: string): RemoteRejectedError {
  return new RemoteRejectedError('INVALID_UPDATE', { name: 'ErrValidation', message });
}
