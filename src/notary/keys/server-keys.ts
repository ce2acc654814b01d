import { createPrivateKey } from 'node:crypto';
import type { Clock } from '../../core/index.ts';
import { type Gun, openSigner, PublicKey, publicKeyOf, type Signer } from '../../tuf/index.ts';
import { Recent } from '../recent.ts';
import type { NotaryDatabase } from '../store/schema.ts';
import { KeyVault, type RandomBytes, systemRandom } from './key-vault.ts';

/** Roles the server signs for. */
export type ServerRole = 'snapshot' | 'timestamp';

/** The keys the server signs with. A key belongs to one collection and one role, and never leaves. */
export interface ServerKeys {
  /** A new key. It signs nothing until a published root lists it. */
  createKey(gun: Gun, role: ServerRole): Promise<PublicKey>;
  /** The newest key that was made, listed by a root or not. */
  findLatestKey(gun: Gun, role: ServerRole): Promise<PublicKey | undefined>;
  findSigner(gun: Gun, role: ServerRole, keyid: string): Promise<Signer | undefined>;
}

/** Signers kept open: opening one takes longer than signing. */
const OPEN_SIGNERS = 256;
const ED25519_SEED_BYTES = 32;
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Ed25519 keys, as the original's local service has, in the database, sealed under the server's secret. */
export class StoredServerKeys implements ServerKeys {
  readonly #database: NotaryDatabase;
  readonly #vault: KeyVault;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #open = new Recent<string, Signer>(OPEN_SIGNERS);

  /** @throws {VaultError} `secret` has fewer than 32 bytes */
  constructor(database: NotaryDatabase, secret: Uint8Array, clock: Clock, random: RandomBytes = systemRandom) {
    this.#database = database;
    this.#vault = new KeyVault(secret, random);
    this.#clock = clock;
    this.#random = random;
  }

  async createKey(gun: Gun, role: ServerRole): Promise<PublicKey> {
    const pkcs8 = Buffer.concat([ED25519_PKCS8, this.#random(ED25519_SEED_BYTES)]);
    const key = publicKeyOf(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
    const row = {
      keyid: key.keyid,
      created_at: this.#clock.now().getTime(),
      gun,
      role,
      keytype: key.keytype,
      public_key: key.bytes,
      private_key: this.#vault.seal(pkcs8, purposeOf(gun, role, key.keyid)),
    };
    await this.#database.query.transaction().execute(async (transaction) => {
      await transaction.insertInto('server_keys').values(row).execute();
    });
    return key;
  }

  async findLatestKey(gun: Gun, role: ServerRole): Promise<PublicKey | undefined> {
    const row = await this.#database.query
      .selectFrom('server_keys')
      .select(['keytype', 'public_key'])
      .where('gun', '=', gun)
      .where('role', '=', role)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && new PublicKey(row.keytype, row.public_key);
  }

  /** @throws {VaultError} */
  async findSigner(gun: Gun, role: ServerRole, keyid: string): Promise<Signer | undefined> {
    const purpose = purposeOf(gun, role, keyid);
    const open = this.#open.get(purpose);
    if (open) return open;
    const row = await this.#database.query
      .selectFrom('server_keys')
      .select('private_key')
      .where('keyid', '=', keyid)
      .where('gun', '=', gun)
      .where('role', '=', role)
      .executeTakeFirst();
    if (!row) return undefined;
    const key = this.#vault.open(row.private_key, purpose);
    const signer = openSigner(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
    this.#open.set(purpose, signer);
    return signer;
  }
}

function purposeOf(gun: Gun, role: ServerRole, keyid: string): string {
  return JSON.stringify([gun, role, keyid]);
}
