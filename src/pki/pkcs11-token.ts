import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { derBitString, derOid, derSequence } from './der.ts';
import { DerReader } from './der-reader.ts';
import type { ExternalKey } from './external-key.ts';
import {
  CKA,
  CKF_RW_SESSION,
  CKK_EC,
  CKM,
  CKO,
  CKU_USER,
  called,
  loadPkcs11,
  type Pkcs11Module,
  type Template,
  TokenError,
} from './pkcs11-module.ts';
import { systemRandom } from './random.ts';

/** An EC key of a token, as it shows it to everybody. */
export interface ListedTokenKey {
  readonly label: string;
  readonly id: Buffer;
  readonly publicKey: KeyObject;
}

const OID_EC_PUBLIC_KEY = '1.2.840.10045.2.1';
const OID_P256 = '1.2.840.10045.3.1.7';
const ID_BYTES = 16;
const MAX_KEYS = 1000;
const MAX_SIGNATURE_BYTES = 1024;

/**
 * A token, through the PKCS #11 library of who made it (PKCS #11 v2.40). Keys are listed without a PIN; signing and making
 * keys need it. Keys never leave it. Only EC keys are looked at: they are what roots have.
 */
export class Pkcs11Token {
  readonly label: string;
  readonly #module: Pkcs11Module;
  readonly #session: Buffer;

  private constructor(module: Pkcs11Module, slot: Buffer, label: string) {
    this.#module = module;
    this.label = label;
    this.#session = opened(called(`cannot open token ${label}`, () => module.C_OpenSession(slot, CKF_RW_SESSION)));
  }

  /**
   * The token of that label; the only one there is when none is named.
   * @throws {Pkcs11MissingError | TokenError} no such token, or several
   */
  static open(library: string, wanted: string | undefined): Pkcs11Token {
    const module = loadPkcs11(library);
    const slots = called(`cannot use ${library}`, () => module.C_GetSlotList(true)) ?? [];
    const tokens = slots
      .map((slot) => ({ slot, label: module.C_GetTokenInfo(slot).label.replace(/[\0 ]+$/, '') }))
      .filter(({ label }) => label !== ''); // a slot with a token that nobody has set up
    const found = tokens.filter(({ label }) => wanted === undefined || label === wanted);
    const [token, ...others] = found;
    const labels = tokens.map(({ label }) => label).join(', ') || 'none';
    if (!token) throw new TokenError(`there is no token ${wanted ?? ''} at ${library}: it has ${labels}`);
    if (others.length > 0) throw new TokenError(`which token is meant must be said: ${library} has ${labels}`);
    return new Pkcs11Token(module, token.slot, token.label);
  }

  /** @throws {TokenPinError} */
  login(pin: string): void {
    called(`cannot log in to token ${this.label}`, () => this.#module.C_Login(this.#session, CKU_USER, pin));
  }

  list(): readonly ListedTokenKey[] {
    const keys = this.#find([
      { type: CKA.CLASS, value: CKO.PUBLIC_KEY },
      { type: CKA.KEY_TYPE, value: CKK_EC },
      { type: CKA.TOKEN, value: true },
    ]);
    return keys.flatMap((handle) => {
      const [label, id, params, point] = this.#read(handle, CKA.LABEL, CKA.ID, CKA.EC_PARAMS, CKA.EC_POINT);
      if (!label || !id || !params || !point) return [];
      const publicKey = publicKeyOf(params, point);
      return publicKey ? [{ label: label.toString('utf8'), id, publicKey }] : [];
    });
  }

  /** Makes an EC P-256 key that never leaves the token. Needs a login. */
  generate(label: string): ListedTokenKey {
    const id = Buffer.from(systemRandom(ID_BYTES));
    const shared = [
      { type: CKA.TOKEN, value: true },
      { type: CKA.LABEL, value: label },
      { type: CKA.ID, value: id },
    ];
    const publicKey = [
      ...shared,
      { type: CKA.CLASS, value: CKO.PUBLIC_KEY },
      { type: CKA.PRIVATE, value: false },
      { type: CKA.VERIFY, value: true },
      { type: CKA.EC_PARAMS, value: derOid(OID_P256) },
    ];
    const privateKey = [
      ...shared,
      { type: CKA.CLASS, value: CKO.PRIVATE_KEY },
      { type: CKA.PRIVATE, value: true },
      { type: CKA.SENSITIVE, value: true },
      { type: CKA.EXTRACTABLE, value: false },
      { type: CKA.SIGN, value: true },
    ];
    const mechanism = { mechanism: CKM.EC_KEY_PAIR_GEN };
    called(`cannot make a key on token ${this.label}`, () =>
      this.#module.C_GenerateKeyPair(this.#session, mechanism, publicKey, privateKey),
    );
    const made = this.list().find((key) => key.id.equals(id));
    if (!made) throw new TokenError(`token ${this.label} does not show the key that it has made`);
    return made;
  }

  /** The private key that belongs to a listed one. Needs a login. @throws {TokenError} there is none */
  open({ id, publicKey, label }: ListedTokenKey): ExternalKey {
    const [handle] = this.#find([
      { type: CKA.CLASS, value: CKO.PRIVATE_KEY },
      { type: CKA.ID, value: id },
    ]);
    if (!handle) throw new TokenError(`token ${this.label} has no private key for ${label}`);
    return {
      publicKey,
      sign: (bytes) => {
        const digest = createHash('sha256').update(bytes).digest();
        const what = `token ${this.label} does not sign`;
        called(what, () => this.#module.C_SignInit(this.#session, { mechanism: CKM.ECDSA }, handle));
        const signature = Buffer.alloc(MAX_SIGNATURE_BYTES);
        return opened(called(what, () => this.#module.C_Sign(this.#session, digest, signature)));
      },
    };
  }

  #find(template: Template): readonly Buffer[] {
    const what = `cannot look at token ${this.label}`;
    called(what, () => this.#module.C_FindObjectsInit(this.#session, template));
    const found = called(what, () => this.#module.C_FindObjects(this.#session, MAX_KEYS)) ?? [];
    called(what, () => this.#module.C_FindObjectsFinal(this.#session));
    return found;
  }

  #read(handle: Buffer, ...types: readonly number[]): readonly (Buffer | undefined)[] {
    const template = types.map((type) => ({ type }));
    const values = called(`cannot read a key of token ${this.label}`, () =>
      this.#module.C_GetAttributeValue(this.#session, handle, template),
    );
    return (values ?? []).map(({ value }) => Buffer.from(value));
  }
}

function opened<T>(value: T | undefined): T {
  if (value === undefined) throw new TokenError('the token gave no answer');
  return value;
}

/** RFC 5480 §2.1: the curve, and the point, which a token has in an octet string. Undefined for what Node cannot use. */
function publicKeyOf(params: Buffer, point: Buffer): KeyObject | undefined {
  try {
    const bits = derBitString(new DerReader(point).octetString());
    const key = derSequence(derSequence(derOid(OID_EC_PUBLIC_KEY), params), bits);
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}
