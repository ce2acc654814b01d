import {
  CanonicalJsonError,
  formatCanonicalJson,
  JsonMalformedError,
  type JsonObject,
  parseJson,
} from '../core/index.ts';
import { MetadataMalformedError } from './errors.ts';
import { readArray, readBase64, readObject, readString } from './member.ts';
import type { Signer } from './signer.ts';

/** One signature: by which key, how, and the bytes. */
export interface Signature {
  readonly keyid: string;
  /** Lower case. */
  readonly method: string;
  readonly sig: Buffer;
}

/** Signed metadata: what came over the wire, and the two parts of it that decide. */
export interface Envelope {
  /** As received. Hashes cover these. */
  readonly bytes: Buffer;
  readonly signed: JsonObject;
  /** Canonical form of `signed`. Signatures cover these. */
  readonly canonical: Buffer;
  readonly signatures: readonly Signature[];
}

/** What an upload or download may hold at most. */
export const MAX_METADATA_BYTES = 100 * 1024 * 1024;
/** Checking one takes 0.1 ms: with no limit one file could keep a server busy for a minute. */
const MAX_SIGNATURES = 1000;

/** `role` is whose file it should be, for the error. @throws {MetadataMalformedError} not JSON, or not `{signed, signatures}` */
export function parseEnvelope(source: Uint8Array, role?: string): Envelope {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  try {
    const { signed, signatures } = readObject(parseJson(bytes, { maxBytes: MAX_METADATA_BYTES }), 'metadata');
    const object = readObject(signed, 'signed');
    const canonical = Buffer.from(formatCanonicalJson(object));
    return { bytes, signed: object, canonical, signatures: readSignatures(signatures) };
  } catch (cause) {
    const isMalformed =
      cause instanceof JsonMalformedError ||
      cause instanceof CanonicalJsonError ||
      cause instanceof MetadataMalformedError;
    if (!isMalformed) throw cause;
    throw new MetadataMalformedError(cause.message, { cause, role });
  }
}

function readSignatures(value: JsonObject[string] | undefined): Signature[] {
  const items = readArray(value, 'signatures');
  if (items.length > MAX_SIGNATURES) {
    throw new MetadataMalformedError(`malformed metadata: more than ${MAX_SIGNATURES} signatures`);
  }
  return items.map((item) => {
    const { keyid, method, sig } = readObject(item, 'signature');
    return {
      keyid: readString(keyid, 'keyid'),
      method: readString(method, 'method').toLowerCase(),
      sig: readBase64(sig, 'sig'),
    };
  });
}

/**
 * Signs `signed` and serialises it exactly as Notary does (`docs/wire/notary-v1.md`, "Envelope").
 * `kept` are signatures over the very same content made elsewhere; those of a signer's own key are replaced.
 */
export async function signMetadata(
  signed: JsonObject,
  signers: readonly Signer[],
  kept: readonly Signature[] = [],
): Promise<Envelope> {
  const canonical = Buffer.from(formatCanonicalJson(signed));
  const fresh = await Promise.all(signers.map((signer) => signer.sign(canonical)));
  const renewed = new Set(fresh.map(({ keyid }) => keyid));
  const signatures = [...fresh, ...kept.filter(({ keyid }) => !renewed.has(keyid))];
  return { bytes: formatEnvelope(canonical, signatures), signed, canonical, signatures };
}

/** The bytes to store and send. */
export function formatEnvelope(canonical: Uint8Array, signatures: readonly Signature[]): Buffer {
  const list = signatures.map(({ keyid, method, sig }) => ({ keyid, method, sig: sig.toString('base64') }));
  const text = `{"signed":${Buffer.from(canonical).toString('utf8')},"signatures":${JSON.stringify(list)}}`;
  return Buffer.from(escapeForEnvelope(text));
}

/** Go escapes these in any JSON it writes; control characters must be, for the canonical form leaves them raw. */
function escapeForEnvelope(text: string): string {
  return text.replace(/[\u0000-\u001f<>&\u2028\u2029]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
