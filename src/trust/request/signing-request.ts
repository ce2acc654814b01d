import { isJsonObject, type JsonObject, type JsonValue, parseJson, TrustSandboxError } from '../../core/index.ts';
import { type Envelope, type Gun, isRoleName, parseEnvelope, parseGun, type RoleName } from '../../tuf/index.ts';

/**
 * Metadata that is to be published once enough people have signed it, and the signatures it has so far. It is carried from
 * one to the next as a file (docs/trust-keys.md, "Requests"); nothing in it is secret, and nothing is believed unverified.
 */
export interface SigningRequest {
  readonly gun: Gun;
  /** RFC 3339. */
  readonly made: string;
  readonly files: ReadonlyMap<RoleName, Envelope>;
  /** Delegations that are gone. */
  readonly removed: readonly RoleName[];
}

/** A file that is no request, or one that has been spoilt. */
export class RequestInvalidError extends TrustSandboxError {
  readonly code = 'REQUEST_INVALID';
}

const FORMAT = 'trustsandbox-request';
const VERSION = 1;
/** No request is read beyond this. */
export const MAX_REQUEST_BYTES = 100 * 1024 * 1024;
const MAX_FILES = 1000;

export function formatRequest({ gun, made, files, removed }: SigningRequest): string {
  const envelopes = [...files].map(([role, { bytes }]) => [role, JSON.parse(bytes.toString()) as JsonObject] as const);
  const value = {
    format: FORMAT,
    version: VERSION,
    repository: gun,
    made,
    removed,
    files: Object.fromEntries(envelopes),
  };
  return `${JSON.stringify(value, undefined, 1)}\n`;
}

/** @throws {RequestInvalidError | GunInvalidError | MetadataMalformedError | JsonMalformedError} */
export function parseRequest(bytes: Uint8Array): SigningRequest {
  const value = objectOf(parseJson(bytes, { maxBytes: MAX_REQUEST_BYTES }), 'the file');
  if (value.format !== FORMAT) throw new RequestInvalidError('this is no request for signatures');
  if (value.version !== VERSION) throw new RequestInvalidError('this request is of a version that is not known');
  const files = entriesOf(value.files, 'files').map(([role, envelope]) => {
    return [role, parseEnvelope(Buffer.from(JSON.stringify(objectOf(envelope, role))))] as const;
  });
  if (files.length === 0 || files.length > MAX_FILES) throw new RequestInvalidError('the request has nothing to sign');
  return {
    gun: parseGun(textOf(value.repository, 'repository')),
    made: textOf(value.made, 'made'),
    files: new Map(files),
    removed: (Array.isArray(value.removed) ? value.removed : []).map((role) => roleOf(textOf(role, 'removed'))),
  };
}

function entriesOf(value: JsonValue | undefined, name: string): readonly (readonly [RoleName, JsonValue])[] {
  return Object.entries(objectOf(value, name)).map(([role, member]) => [roleOf(role), member] as const);
}

function roleOf(text: string): RoleName {
  if (!isRoleName(text)) throw new RequestInvalidError(`${JSON.stringify(text.slice(0, 160))} is no role`);
  return text as RoleName;
}

function objectOf(value: JsonValue | undefined, name: string): JsonObject {
  if (!isJsonObject(value)) throw new RequestInvalidError(`${name} is no object in the request`);
  return value;
}

function textOf(value: JsonValue | undefined, name: string): string {
  if (typeof value !== 'string') throw new RequestInvalidError(`${name} is no text in the request`);
  return value;
}
