import { createPrivateKey } from 'node:crypto';
import type { Clock } from '../../core/index.ts';
import { type Gun, openSigner, PublicKey, publicKeyOf, type Signer } from '../../tuf/index.ts';
import { Recent } from '../recent.ts';
import type { NotaryDatabase } from '../store/schema.ts';
import { type KeyAlgorithm, newPrivateKey } from './key-algorithm.ts';
import { type KeyVault, type RandomBytes, systemRandom, VaultError } from './key-vault.ts';
import type { OpenServerKeys, ServerRole } from './server-keys.ts';
import { purposeOf, SECRET_ROW } from './server-secret.ts';

/** Signers kept open: opening one takes longer than signing. */
const OPEN_SIGNERS = 256;

export interface StoredServerKeysOptions {
  readonly database: NotaryDatabase;
  readonly vault: KeyVault;
  /** Which of the database's secrets the vault is of. Without, it is for the caller to see that it stays the same. */
  readonly secretId?: string;
  readonly algorithm?: KeyAlgorithm;
  readonly clock: Clock;
  readonly random?: RandomBytes;
}

/** Keys in the server's own database, sealed under its secret; Ed25519, as the original's local service has, unless told. */
export class StoredServerKeys implements OpenServerKeys {
  readonly #options: StoredServerKeysOptions;
  readonly #open = new Recent<string, Signer>(OPEN_SIGNERS);

  constructor(options: StoredServerKeysOptions) {
    this.#options = options;
  }

  /** @throws {VaultError} the secret was changed since this server started */
  async createKey(gun: Gun, role: ServerRole): Promise<PublicKey> {
    const { database, vault, secretId, algorithm = 'ed25519', clock, random = systemRandom } = this.#options;
    const privateKey = newPrivateKey(algorithm, random);
    const key = publicKeyOf(privateKey);
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
    const row = {
      keyid: key.keyid,
      created_at: clock.now().getTime(),
      gun,
      role,
      keytype: key.keytype,
      public_key: key.bytes,
      private_key: vault.seal(pkcs8, purposeOf(gun, role, key.keyid)),
    };
    await database.transaction(async (transaction) => {
      if (secretId !== undefined) {
        // Changes nothing, and holds the row: who changes the secret waits, and then sees this key.
        const { numUpdatedRows } = await transaction
          .updateTable('server_secret')
          .set({ secret_id: secretId })
          .where('id', '=', SECRET_ROW)
          .where('secret_id', '=', secretId)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) throw new VaultError('the secret was changed: start the server with the new one');
      }
      await transaction.insertInto('server_keys').values(row).execute();
    });
    return key;
  }

  async findLatestKey(gun: Gun, role: ServerRole): Promise<PublicKey | undefined> {
    const row = await this.#options.database.query
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
    const row = await this.#options.database.query
      .selectFrom('server_keys')
      .select('private_key')
      .where('keyid', '=', keyid)
      .where('gun', '=', gun)
      .where('role', '=', role)
      .executeTakeFirst();
    if (!row || row.private_key.length === 0) return undefined; // empty: a remote signer's
    const key = this.#options.vault.open(row.private_key, purpose);
    const signer = openSigner(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
    this.#open.set(purpose, signer);
    return signer;
  }

  async health(): Promise<void> {
    await this.#options.database.query.selectFrom('server_keys').select('id').limit(1).execute();
  }

  async reload(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
