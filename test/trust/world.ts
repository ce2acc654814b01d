import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RemoteNotFoundError } from '../../src/notary/client/index.ts';
import {
  KeyStore,
  RELEASES,
  type TraceSink,
  TrustDirectory,
  TrustRepository,
  type TrustServer,
} from '../../src/trust/index.ts';
import {
  buildRoot,
  buildTargets,
  type Delegation,
  defaultExpires,
  type Envelope,
  fileMetaOf,
  formatRoot,
  formatSnapshot,
  formatTargets,
  formatTimestamp,
  parseGun,
  type Root,
  type Signer,
  signMetadata,
  TARGETS,
  type Targets,
  type TrustPinning,
  type VerificationMode,
  verificationRules,
} from '../../src/tuf/index.ts';
import { newCertificateSigner, newSigner } from '../tuf-repository.ts';

export const GUN = parseGun('example.com/team/app');
export const RELEASES_FILE = 'targets/releases';
export const ALICE = 'targets/alice';
export const START = new Date('2026-11-23T12:00:00Z');
export const DAY_MS = 24 * 60 * 60 * 1000;
/** Roles that sign files, from the top down. */
export const FILES = ['root', 'timestamp', 'snapshot', 'targets', RELEASES_FILE, ALICE] as const;
export type FileName = (typeof FILES)[number];

/** The digest that the honest publisher signed `v1` for, in order: first in `targets`, then, since there are delegations, in those. */
export const digest = (fill: number) => ({
  length: 730,
  hashes: new Map([['sha256', Buffer.alloc(32, fill)]]),
  extra: {},
});

export type Signers = Record<FileName, Signer>;

function newSigners(): Signers {
  return {
    root: newCertificateSigner(GUN),
    targets: newSigner(),
    snapshot: newSigner(),
    timestamp: newSigner(),
    [RELEASES_FILE]: newSigner(),
    [ALICE]: newSigner(),
  };
}

/** All of a collection at one moment. Parts can be replaced, and signed by anybody, before they are served. */
export interface Edition {
  readonly version: number;
  readonly root: Root;
  readonly files: Readonly<Record<FileName, Envelope>>;
}

/** A publisher and a server, with all of their keys at hand, and clients that read what is served. */
export class World implements AsyncDisposable {
  now = START;
  signers: Signers;
  readonly server = new ServedFiles();
  readonly #home: string;
  readonly #roots = new Map<string, Envelope>();
  #clients = 0;

  private constructor(home: string, signers: Signers) {
    this.#home = home;
    this.signers = signers;
  }

  static async create(): Promise<World> {
    return new World(await mkdtemp(join(tmpdir(), 'world-')), newSigners());
  }

  /** A reader on a machine of its own. */
  client(mode: VerificationMode, options: ClientOptions = {}): TrustRepository {
    const { trace, pinning, directory = this.directory(), ...rules } = options;
    const passphrases = { ask: async () => ({ kind: 'give-up' }) as const };
    const chosen = verificationRules(mode);
    return new TrustRepository({
      gun: GUN,
      directory,
      server: this.server,
      keys: new KeyStore(directory, passphrases),
      clock: { now: () => this.now },
      rules: { ...chosen, limits: { ...chosen.limits, ...rules } },
      trace,
      pinning,
    });
  }

  /** A trust directory that nobody has used. */
  directory(): TrustDirectory {
    return new TrustDirectory(join(this.#home, `client-${++this.#clients}`));
  }

  /** Signs and serves a whole edition: `v1` for `digest(version)` in the delegations, and for `digest(0)`, of old, in targets. */
  async publish(version: number, change: EditionChange = {}): Promise<Edition> {
    const edition = await this.sign(version, change);
    this.server.serve(edition);
    return edition;
  }

  async sign(version: number, change: EditionChange = {}): Promise<Edition> {
    const { now, signers } = this;
    const root = change.root ?? this.rootOf(1);
    const expires = defaultExpires('targets', now);
    const delegation = (name: FileName): Delegation => ({
      ...{ name, keyids: [signers[name].key.keyid], threshold: 1, paths: [''], extra: {} },
    });
    const own: Targets = {
      ...buildTargets({ version, expires }),
      targets: new Map([['v1', digest(0)]]),
      delegations: {
        keys: new Map([signers[RELEASES_FILE], signers[ALICE]].map(({ key }) => [key.keyid as string, key])),
        roles: [delegation(RELEASES_FILE), delegation(ALICE)],
        extra: {},
      },
    };
    const delegated: Targets = { ...buildTargets({ version, expires }), targets: new Map([['v1', digest(version)]]) };
    const rootFile = change.rootFile ?? (await this.#signRootOnce(root));
    const targets = await signMetadata(formatTargets({ ...own, ...change.targets }), [signers.targets]);
    const releases = await signMetadata(formatTargets({ ...delegated, ...change.releases }), [signers[RELEASES_FILE]]);
    const alice = await signMetadata(formatTargets({ ...delegated, ...change.alice }), [signers[ALICE]]);
    return this.seal({ version, root, files: { root: rootFile, targets, [RELEASES_FILE]: releases, [ALICE]: alice } });
  }

  /** A root is signed once, and published as it is until there is another. */
  async #signRootOnce(root: Root): Promise<Envelope> {
    const signed = await signMetadata(formatRoot(root), [this.signers.root]);
    const known = this.#roots.get(signed.canonical.toString()) ?? signed;
    this.#roots.set(signed.canonical.toString(), known);
    return known;
  }

  /** Signs snapshot and timestamp over files, with the server's keys. */
  async seal(
    { version, root, files }: { version: number; root: Root; files: Omit<Edition['files'], 'snapshot' | 'timestamp'> },
    { without = [], more = [] }: { without?: readonly FileName[]; more?: readonly string[] } = {},
  ): Promise<Edition> {
    const covered = (['root', 'targets', RELEASES_FILE, ALICE] as const).filter((name) => !without.includes(name));
    const meta = new Map(covered.map((name) => [name as string, fileMetaOf(files[name].bytes)]));
    for (const name of more) meta.set(name, fileMetaOf(files[RELEASES_FILE].bytes));
    const snapshotExpires = defaultExpires('snapshot', this.now);
    const snapshot = await signMetadata(formatSnapshot({ version, expires: snapshotExpires, meta, extra: {} }), [
      this.signers.snapshot,
    ]);
    return {
      version,
      root,
      files: { ...files, snapshot, timestamp: await this.stamp(snapshot, version) },
    };
  }

  stamp(snapshot: Envelope, version: number, expires = defaultExpires('timestamp', this.now)): Promise<Envelope> {
    const meta = new Map([['snapshot', fileMetaOf(snapshot.bytes)]]);
    return signMetadata(formatTimestamp({ version, expires, meta, extra: {} }), [this.signers.timestamp]);
  }

  rootOf(version: number, { root, targets, snapshot, timestamp }: Signers = this.signers): Root {
    const keys = { root: [root.key], targets: [targets.key], snapshot: [snapshot.key], timestamp: [timestamp.key] };
    return buildRoot(keys, { version, expires: defaultExpires('root', this.now) });
  }

  /** Other keys for some roles; returns those that held before. */
  rotate(...roles: readonly FileName[]): Signers {
    const before = this.signers;
    const fresh = newSigners();
    const replaced = Object.fromEntries(roles.map((role) => [role, fresh[role]]));
    this.signers = { ...before, ...replaced };
    return before;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#home, { recursive: true, force: true });
  }
}

export interface ClientOptions {
  readonly trace?: TraceSink;
  readonly updateMs?: number;
  readonly pinning?: TrustPinning;
  /** One of its own when absent. */
  readonly directory?: TrustDirectory;
}

export interface EditionChange {
  readonly root?: Root;
  readonly rootFile?: Envelope;
  readonly targets?: Partial<Targets>;
  readonly releases?: Partial<Targets>;
  readonly alice?: Partial<Targets>;
}

/** A server that gives what it is told to, or throws. */
export class ServedFiles implements TrustServer {
  readonly host = 'notaryserver:4443';
  readonly requests: string[] = [];
  /** Gets each file on its way; `undefined` is none. `name` is `timestamp`, `snapshot`, `root version 2`. */
  tamper: (name: string, bytes: Buffer | undefined) => Buffer | undefined = (_, bytes) => bytes;
  /** Waits before each answer. */
  pause: (signal: AbortSignal | undefined) => Promise<void> = async () => undefined;
  readonly #current = new Map<string, Buffer>();
  readonly #byHash = new Map<string, Buffer>();
  readonly #roots = new Map<number, Buffer>();

  /** What was served before can still be had by hash and version. */
  serve({ files, root }: Edition): void {
    for (const name of FILES) this.put(name, files[name].bytes);
    this.#roots.set(root.version, files.root.bytes);
  }

  put(name: FileName, bytes: Buffer): void {
    this.#current.set(name, bytes);
    this.#byHash.set(createHash('sha256').update(bytes).digest('hex'), bytes);
  }

  putRoot(version: number, bytes: Buffer): void {
    this.#roots.set(version, bytes);
  }

  getMetadata: TrustServer['getMetadata'] = async (_, role, { sha256, version, maxBytes, signal } = {}) => {
    const name = version === undefined ? role : `${role} version ${version}`;
    this.requests.push(name);
    await this.pause(signal);
    const found = sha256 ? this.#byHash.get(sha256) : version ? this.#roots.get(version) : this.#current.get(role);
    const given = this.tamper(name, found);
    if (!given) throw new RemoteNotFoundError(role);
    return given.subarray(0, maxBytes);
  };

  getKey: TrustServer['getKey'] = () => Promise.reject(new Error('nobody signs here'));
  rotateKey = this.getKey;
  publish: TrustServer['publish'] = () => Promise.reject(new Error('nobody publishes here'));
  deleteCollection: TrustServer['deleteCollection'] = () => Promise.reject(new Error('nobody deletes here'));
}

/** What a reader makes of `v1`: `v1 of edition N`, or the code of the refusal. */
export async function readTag(client: TrustRepository): Promise<string> {
  try {
    const { file } = await client.getTarget('v1', [RELEASES, TARGETS]);
    return `edition ${file.hashes.get('sha256')?.[0]}`;
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? String(thrown);
  }
}
