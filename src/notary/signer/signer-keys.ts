import { type Clock, type Log, TrustSandboxError } from '../../core/index.ts';
import { isRoleName, parseGun, publicKeyOf, type Signature, type Signer } from '../../tuf/index.ts';
import { isKeyAlgorithm, KEY_ALGORITHMS, newPrivateKey } from '../keys/key-algorithm.ts';
import type { RandomBytes } from '../keys/key-vault.ts';
import type { CreateKeyRequest } from '../keys/remote/signer-messages.ts';
import { Recent } from '../recent.ts';
import type { KeyRow, KeyRows } from './key-rows.ts';
import { ENCRYPTION_ALG, KEYWRAP_ALG } from './key-wrap.ts';
import type { Passphrases } from './passphrases.ts';
import { formatPrivateBytes } from './private-bytes.ts';
import { openRow } from './stored-key.ts';
import { verifyPassphrases } from './verify-passphrases.ts';

/** The signer has no key of this id. */
export class KeyUnknownError extends TrustSandboxError {
  readonly code = 'NOTARY_KEY_UNKNOWN';
  readonly keyid: string;
  constructor(keyid: string) {
    super(`there is no key ${JSON.stringify(keyid.slice(0, 100))}`);
    this.keyid = keyid;
  }
}

/** A key was asked for that is not made here. */
export class KeyRequestError extends TrustSandboxError {
  readonly code = 'NOTARY_KEY_REQUEST';
}

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

/** A key that was opened, and when its use was last noted, in milliseconds. */
interface OpenKey {
  readonly row: KeyRow;
  readonly signer: Signer;
  notedAt: number | undefined;
}

/** Keys kept open: opening one costs rounds of PBKDF2. */
const OPEN_KEYS = 4096;
/** How often the use of a key is noted. The first time decides something: the key is not given to others as a new one. */
const NOTE_INTERVAL_MS = 3_600_000;
const MAX_NAME_LENGTH = 255;

/** The keys of a signer: made, found and used by id. Private parts do not leave it. */
export class SignerKeys {
  #options: SignerKeysOptions;
  readonly #open = new Recent<string, Promise<OpenKey>>(OPEN_KEYS);

  constructor(options: SignerKeysOptions) {
    this.#options = options;
  }

  /** A key for a role that has not signed yet: one that was made before, or a new one. @throws {KeyRequestError | AliasPassphraseError} */
  async create({ algorithm, gun, role }: CreateKeyRequest): Promise<KeyRow> {
    if (!isKeyAlgorithm(algorithm)) {
      const made = KEY_ALGORITHMS.join(' and ');
      throw new KeyRequestError(`keys of the kind ${JSON.stringify(algorithm.slice(0, 40))} are not made, ${made} are`);
    }
    if (!isName(gun) || !isRoleName(role) || role.length > MAX_NAME_LENGTH)
      throw new KeyRequestError('want the names of a collection and of a role');
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
    const open = await this.#open.get(keyid)?.catch(() => undefined);
    return open?.row ?? this.#options.rows.find(keyid);
  }

  /** @throws {KeyUnknownError | AliasPassphraseError | KeyUnwrapError | KeyMismatchError} */
  async sign(keyid: string, content: Uint8Array): Promise<Signature & { readonly algorithm: string }> {
    const open = await this.#openKey(keyid);
    const signature = await open.signer.sign(content);
    await this.#noteUse(keyid, open);
    return { ...signature, algorithm: open.signer.key.keytype };
  }

  /** Succeeds when there is none. Its row stays in the database, marked. */
  async delete(keyid: string): Promise<void> {
    const { rows, clock, log } = this.#options;
    await rows.delete(keyid, clock.now());
    this.#open.delete(keyid);
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

  #openKey(keyid: string): Promise<OpenKey> {
    const known = this.#open.get(keyid);
    if (known) return known;
    const opening = this.#readKey(keyid);
    this.#open.set(keyid, opening);
    opening.catch(() => this.#open.delete(keyid));
    return opening;
  }

  async #readKey(keyid: string): Promise<OpenKey> {
    const row = await this.#options.rows.find(keyid);
    if (!row) throw new KeyUnknownError(keyid);
    return { row, signer: await openRow(row, this.#options.passphrases), notedAt: undefined };
  }

  /** A signature that was made is given, noted or not. */
  async #noteUse(keyid: string, open: OpenKey): Promise<void> {
    const { rows, clock, log } = this.#options;
    const now = clock.now();
    if (open.notedAt !== undefined && Math.abs(now.getTime() - open.notedAt) < NOTE_INTERVAL_MS) return;
    open.notedAt = now.getTime();
    try {
      await rows.markUsed(keyid, now);
    } catch (error) {
      open.notedAt = undefined;
      log.error('the use of a key could not be noted', { keyid, error });
    }
  }
}

function isName(gun: string): boolean {
  try {
    return parseGun(gun).length <= MAX_NAME_LENGTH;
  } catch {
    return false;
  }
}
