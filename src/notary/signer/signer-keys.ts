import type { Clock, Log } from '../../core/index.ts';
import { publicKeyOf, type Signature } from '../../tuf/index.ts';
import { newPrivateKey } from '../keys/key-algorithm.ts';
import type { RandomBytes } from '../keys/key-vault.ts';
import type { CreateKeyRequest } from '../keys/remote/signer-messages.ts';
import { parseKeyRequest } from './key-request.ts';
import type { KeyRow } from './key-row.ts';
import type { KeyRows } from './key-rows.ts';
import { ENCRYPTION_ALG, KEYWRAP_ALG } from './key-wrap.ts';
import { OpenKeys } from './open-keys.ts';
import type { Passphrases } from './passphrases.ts';
import { formatPrivateBytes } from './private-bytes.ts';
import { verifyPassphrases } from './verify-passphrases.ts';

export interface SignerKeysOptions {
  readonly rows: KeyRows;
  readonly passphrases: Passphrases;
  /** New keys are encrypted under this one. */
  readonly defaultAlias: string;
  /** Rounds of PBKDF2 for new keys. */
  readonly rounds: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: RandomBytes;
}

/** The keys of a signer: made, found and used by id. Private parts do not leave it. */
export class SignerKeys {
  #options: SignerKeysOptions;
  readonly #open = new OpenKeys();

  constructor(options: SignerKeysOptions) {
    this.#options = options;
  }

  /** A key for a role that has not signed yet: one that was made before, or a new one. @throws {KeyRequestError | AliasPassphraseError} */
  async create(request: CreateKeyRequest): Promise<KeyRow> {
    const { algorithm, gun, role } = parseKeyRequest(request);
    const { rows, passphrases, defaultAlias, rounds, random, clock, log } = this.#options;
    const isOpenable = ({ alias }: KeyRow): boolean => passphrases.has(alias);
    const unused = (await rows.findUnused({ algorithm, gun, role })).find(isOpenable);
    if (unused) return unused;
    const privateKey = newPrivateKey(algorithm, random);
    const { keyid, bytes } = publicKeyOf(privateKey);
    const wrapper = passphrases.get(defaultAlias);
    const row: KeyRow = {
      keyid,
      gun,
      role,
      algorithm,
      publicKey: bytes,
      alias: defaultAlias,
      jwe: await wrapper.wrap(formatPrivateBytes(privateKey), { rounds, random }),
      keywrapAlg: KEYWRAP_ALG,
      encryptionAlg: ENCRYPTION_ALG,
    };
    const added = await rows.add(row, clock.now(), isOpenable);
    if (added === row) log.info('key created', { gun, role, keyid });
    return added;
  }

  /** Original servers ask this before each signature. */
  async find(keyid: string): Promise<KeyRow | undefined> {
    return (await this.#open.find(keyid)) ?? this.#options.rows.find(keyid);
  }

  /** @throws {KeyUnknownError | AliasPassphraseError | KeyUnwrapError | KeyMismatchError} */
  sign(keyid: string, content: Uint8Array): Promise<Signature & { readonly algorithm: string }> {
    return this.#open.sign(keyid, content, this.#options);
  }

  /** Succeeds when there is none. Its row stays in the database, marked. */
  async delete(keyid: string): Promise<void> {
    const { rows, clock, log } = this.#options;
    await rows.delete(keyid, clock.now());
    this.#open.forget(keyid);
    log.info('key deleted', { keyid });
  }

  /** @throws what the database throws when it does not answer */
  health(): Promise<void> {
    return this.#options.rows.ping();
  }

  /** @throws {AliasPassphraseError} as `verifyPassphrases` */
  verifyPassphrases(): Promise<void> {
    return verifyPassphrases(this.#options);
  }

  /** Other passphrases from now on, if they fit. @throws {AliasPassphraseError} those before stay in use */
  async renew(passphrases: Passphrases, defaultAlias: string): Promise<void> {
    const renewed = { ...this.#options, passphrases, defaultAlias };
    await verifyPassphrases(renewed);
    this.#options = renewed;
  }
}
