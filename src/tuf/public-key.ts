import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { formatCanonicalJson, type JsonObject, type JsonValue } from '../core/index.ts';
import { readCertificates } from './certificate.ts';
import { KeyUnusableError, MetadataMalformedError } from './errors.ts';
import { ED25519_SPKI, KINDS, openKey } from './key-kind.ts';
import { readBase64, readObject, readString } from './member.ts';

declare const keyidBrand: unique symbol;
/** Hex SHA-256 of a key's canonical form: the label metadata gives it. */
export type Keyid = string & { readonly [keyidBrand]: true };
declare const fingerprintBrand: unique symbol;
/** Our own id of the key material alone (RFC 7638 thumbprint): equal for a bare key and a certificate that holds it. */
export type Fingerprint = string & { readonly [fingerprintBrand]: true };

/**
 * A public key in Notary's form (`docs/wire/notary-v1.md`, "Keys"). Made from anything; whether it can verify shows when
 * `keyObject` is asked for.
 */
export class PublicKey {
  /** As metadata has it; usable when it is a `KeyKind`. */
  readonly keytype: string;
  /** SPKI DER (`ecdsa`, `rsa`), PEM certificates, leaf first (`…-x509`), or 32 raw bytes (`ed25519`). */
  readonly bytes: Buffer;
  /** Members we do not know; no part of the id. */
  readonly extra: JsonObject;
  #keyid: Keyid | undefined;
  #opened: { keyObject: KeyObject; fingerprint: Fingerprint } | undefined;

  constructor(keytype: string, bytes: Uint8Array, extra: JsonObject = {}) {
    this.keytype = keytype;
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.extra = extra;
  }

  get keyid(): Keyid {
    this.#keyid ??= keyidOf(this.keytype, this.bytes);
    return this.#keyid;
  }

  /** Id of the bare key inside a certificate; the id itself for other kinds. Private keys are filed under it. */
  get canonicalKeyid(): Keyid {
    const kind = KINDS.get(this.keytype);
    if (!kind || kind.bare === this.keytype) return this.keyid;
    return keyidOf(kind.bare, this.keyObject.export({ format: 'der', type: 'spki' }));
  }

  /** @throws {KeyUnusableError} unknown kind, broken bytes, another kind inside, or RSA below 2048 bits */
  get keyObject(): KeyObject {
    return this.#open().keyObject;
  }

  /** @throws {KeyUnusableError} as `keyObject` */
  get fingerprint(): Fingerprint {
    return this.#open().fingerprint;
  }

  /** When the first of its certificates runs out; undefined of a bare key. */
  get certificateEnd(): Date | undefined {
    return this.isCertificate ? readCertificates(this.bytes)?.[0]?.notAfter : undefined;
  }

  get isCertificate(): boolean {
    return this.keytype.endsWith('-x509');
  }

  #open(): { keyObject: KeyObject; fingerprint: Fingerprint } {
    if (this.#opened) return this.#opened;
    const keyObject = openKey(this.keytype, this.bytes);
    const thumbprint = formatCanonicalJson(keyObject.export({ format: 'jwk' }) as JsonObject);
    const fingerprint = createHash('sha256').update(thumbprint).digest('hex') as Fingerprint;
    this.#opened = { keyObject, fingerprint };
    return this.#opened;
  }
}

function keyidOf(keytype: string, bytes: Buffer): Keyid {
  const canonical = formatCanonicalJson({ keytype, keyval: { private: null, public: bytes.toString('base64') } });
  return createHash('sha256').update(canonical).digest('hex') as Keyid;
}

/** The bare public key of a public or private `KeyObject`. @throws {KeyUnusableError} neither EC, RSA nor Ed25519 */
export function publicKeyOf(keyObject: KeyObject): PublicKey {
  const spki = (keyObject.type === 'private' ? createPublicKey(keyObject) : keyObject).export({
    format: 'der',
    type: 'spki',
  });
  const type = keyObject.asymmetricKeyType;
  if (type === 'ec') return new PublicKey('ecdsa', spki);
  if (type === 'rsa') return new PublicKey('rsa', spki);
  if (type === 'ed25519') return new PublicKey('ed25519', spki.subarray(ED25519_SPKI.length));
  throw new KeyUnusableError(`keys of type ${type} are not supported`);
}

/**
 * The `…-x509` key of one or more PEM certificates, leaf first. The text is kept as it is: it decides the id.
 * @throws {KeyUnusableError} no certificate, or one whose key is neither EC nor RSA
 */
export function certificateKey(pem: Uint8Array | string): PublicKey {
  const bytes = Buffer.from(pem);
  const type = readCertificates(bytes)?.[0]?.publicKey.asymmetricKeyType;
  if (type !== 'ec' && type !== 'rsa') throw new KeyUnusableError('no certificate with an EC or RSA key');
  return new PublicKey(type === 'ec' ? 'ecdsa-x509' : 'rsa-x509', bytes);
}

/** @throws {MetadataMalformedError} not of the form `{"keytype":…,"keyval":{"public":…}}` */
export function parsePublicKey(value: JsonValue | undefined): PublicKey {
  const { keytype, keyval, ...extra } = readObject(value, 'key');
  const bytes = readBase64(readObject(keyval, 'keyval').public, 'public key');
  if (keytype === undefined) throw new MetadataMalformedError('key without keytype');
  return new PublicKey(readString(keytype, 'keytype'), bytes, extra);
}

export function formatPublicKey({ keytype, bytes, extra }: PublicKey): JsonObject {
  return { ...extra, keytype, keyval: { private: null, public: bytes.toString('base64') } };
}
