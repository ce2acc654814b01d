import type { Gun, PublicKey, Signer } from '../../tuf/index.ts';

/** Roles the server signs for. */
export type ServerRole = 'snapshot' | 'timestamp';

/** The keys the server signs with. A key belongs to one collection and one role, and never leaves. */
export interface ServerKeys {
  /** A new key. It signs nothing until a published root lists it. */
  createKey(gun: Gun, role: ServerRole): Promise<PublicKey>;
  /** The newest key that was made, listed by a root or not; `undefined` also where the keeper gives unused keys again itself. */
  findLatestKey(gun: Gun, role: ServerRole): Promise<PublicKey | undefined>;
  findSigner(gun: Gun, role: ServerRole, keyid: string): Promise<Signer | undefined>;
}

/** Keys that a server was opened with. Disposing closes connections, not the database. */
export interface OpenServerKeys extends ServerKeys, AsyncDisposable {
  /** Resolves when keys can be made and used. @throws {TrustSandboxError} why not */
  health(): Promise<void>;
  /** Reads certificates anew; does nothing where there are none. @throws {TrustSandboxError} the old ones stay in use */
  reload(): Promise<void>;
}
