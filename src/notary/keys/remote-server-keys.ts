import { TrustSandboxError } from '../../core/index.ts';
import { type Gun, isSignatureValid, PublicKey, type Signer } from '../../tuf/index.ts';
import { Recent } from '../recent.ts';
import type { NotaryDatabase } from '../store/schema.ts';
import type { KeyAlgorithm } from './key-algorithm.ts';
import type { ServerKeysContext } from './open-server-keys.ts';
import { type RemoteSignerOptions, SignerClient } from './remote/signer-client.ts';
import type { KeyDescription } from './remote/signer-messages.ts';
import type { OpenServerKeys, ServerRole } from './server-keys.ts';

/** The signer answered, and the answer cannot be right. */
export class SignerAnswerError extends TrustSandboxError {
  readonly code = 'NOTARY_SIGNER_ANSWER';
}

/** Keys whose public parts are kept at hand. */
const KNOWN_KEYS = 4096;

/**
 * Keys that a remote signer holds. The server asks it for a key by collection and role, and for signatures by key id; it never
 * sees a private key. It notes which collection and role a key was first met for, since the signer does not look: without,
 * who lists the keys of one collection in the root of another would have the server sign with them.
 */
export class RemoteServerKeys implements OpenServerKeys {
  readonly #client: SignerClient;
  readonly #algorithm: KeyAlgorithm;
  readonly #context: ServerKeysContext;
  readonly #known = new Recent<string, Signer>(KNOWN_KEYS);

  private constructor(client: SignerClient, algorithm: KeyAlgorithm, context: ServerKeysContext) {
    this.#client = client;
    this.#algorithm = algorithm;
    this.#context = context;
  }

  /** @throws {SignerTlsError | GrpcMissingError} */
  static async open(
    options: RemoteSignerOptions & { readonly keyAlgorithm: KeyAlgorithm },
    context: ServerKeysContext,
  ): Promise<RemoteServerKeys> {
    return new RemoteServerKeys(await SignerClient.open(options), options.keyAlgorithm, context);
  }

  /** @throws {SignerCallError | SignerAnswerError} also when the signer gives a key that is another collection's */
  async createKey(gun: Gun, role: ServerRole): Promise<PublicKey> {
    const key = keyOf(await this.#client.createKey(this.#algorithm, gun, role));
    if (await this.#isOwnedBy(gun, role, key)) return key;
    throw new SignerAnswerError(`the signer made key ${key.keyid} for ${gun} ${role}, and it is another role's`);
  }

  /** The signer itself gives a key again that was made and not used. */
  async findLatestKey(): Promise<undefined> {
    return undefined;
  }

  /** @throws {SignerCallError | SignerAnswerError} */
  async findSigner(gun: Gun, role: ServerRole, keyid: string): Promise<Signer | undefined> {
    const name = JSON.stringify([gun, role, keyid]);
    const known = this.#known.get(name);
    if (known) return known;
    const found = await this.#client.findKey(keyid);
    if (!found) return undefined;
    const isForAnother = found.role !== role || (found.gun !== '' && found.gun !== gun);
    const key = keyOf(found);
    if (key.keyid !== keyid) throw new SignerAnswerError(`asked for key ${keyid}, the signer answered ${key.keyid}`);
    if (isForAnother || !(await this.#isOwnedBy(gun, role, key))) {
      this.#context.log.warn('key of another role or collection', { gun, role, keyid });
      return undefined;
    }
    const signer: Signer = { key, sign: (bytes) => this.#sign(key, bytes) };
    this.#known.set(name, signer);
    return signer;
  }

  health(): Promise<void> {
    return this.#client.health();
  }

  reload(): Promise<void> {
    return this.#client.reload();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]();
  }

  /** What cannot be verified is not published. */
  async #sign(key: PublicKey, bytes: Uint8Array): ReturnType<Signer['sign']> {
    const { method, content } = await this.#client.sign(key.keyid, bytes);
    if (isSignatureValid(key, method, bytes, content)) return { keyid: key.keyid, method, sig: content };
    throw new SignerAnswerError(`the signer's signature with key ${key.keyid} is not valid`);
  }

  /** Notes whose key it is, the first time. Is it this role's? */
  async #isOwnedBy(gun: Gun, role: ServerRole, { keyid, keytype, bytes }: PublicKey): Promise<boolean> {
    const { database, clock } = this.#context;
    const created_at = clock.now().getTime();
    const row = { keyid, created_at, gun, role, keytype, public_key: bytes, private_key: Buffer.alloc(0) };
    const owner =
      (await findOwner(database, keyid)) ??
      (await database.transaction(async (transaction) => {
        await transaction
          .insertInto('server_keys')
          .values(row)
          .onConflict((conflict) => conflict.column('keyid').doNothing())
          .execute();
        return findOwner({ query: transaction }, keyid);
      }));
    return owner?.gun === gun && owner.role === role;
  }
}

function findOwner(
  { query }: Pick<NotaryDatabase, 'query'>,
  keyid: string,
): Promise<{ gun: string; role: string } | undefined> {
  return query.selectFrom('server_keys').select(['gun', 'role']).where('keyid', '=', keyid).executeTakeFirst();
}

/** @throws {SignerAnswerError} no key that can verify, or under another's id */
function keyOf({ keyid, algorithm, publicKey }: KeyDescription): PublicKey {
  const key = new PublicKey(algorithm, publicKey);
  try {
    if (key.keyid === keyid && key.keyObject) return key;
  } catch (cause) {
    throw new SignerAnswerError(`the signer answered key ${keyid}, which is not usable`, { cause });
  }
  throw new SignerAnswerError(`the signer answered key ${key.keyid} under the id ${keyid}`);
}
