import {
  type Digest,
  isDigest,
  isJsonObject,
  JsonMalformedError,
  type JsonValue,
  parseJson,
} from '../../core/index.ts';
import { MAX_MANIFEST_BYTES } from '../manifest.ts';

/** What a manifest of any kind leads to. */
export interface References {
  /** Every digest that stands anywhere in it, the subject's aside: too many rather than too few. */
  readonly named: ReadonlySet<Digest>;
  readonly subject: Digest | undefined;
}

/**
 * Reads what a stored manifest refers to without knowing its media type, so that old (schema 1) and future ones keep their
 * blobs too. `undefined` when it is no JSON: then nobody can tell.
 */
export function readReferences(bytes: Uint8Array): References | undefined {
  try {
    const json = parseJson(bytes, { maxBytes: MAX_MANIFEST_BYTES });
    const named = new Set<Digest>();
    collectDigests(isJsonObject(json) ? { ...json, subject: null } : json, named);
    const subject = isJsonObject(json) && isJsonObject(json.subject) ? json.subject.digest : undefined;
    return { named, subject: typeof subject === 'string' && isDigest(subject) ? subject : undefined };
  } catch (error) {
    if (error instanceof JsonMalformedError) return undefined;
    throw error;
  }
}

function collectDigests(value: JsonValue, found: Set<Digest>): void {
  if (typeof value === 'string') {
    if (isDigest(value)) found.add(value);
  } else if (Array.isArray(value)) {
    for (const item of value) collectDigests(item, found);
  } else if (isJsonObject(value)) {
    for (const item of Object.values(value)) collectDigests(item, found);
  }
}
