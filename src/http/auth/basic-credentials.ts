import type { CredentialedRequest } from './access.ts';

export interface BasicCredentials {
  readonly user: string;
  readonly password: string;
}

/** Longest header that is looked at, in characters. */
const MAX_HEADER_LENGTH = 8192;

/** `Authorization: Basic …` (RFC 7617 §2); `undefined` when there is none, or it is no base64 of `user:password`. */
export function readBasicCredentials({ headers }: CredentialedRequest): BasicCredentials | undefined {
  const encoded = readAuthorization(headers.authorization, 'basic');
  if (encoded === undefined || !/^[A-Za-z0-9+/_-]+=*$/.test(encoded)) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** `Authorization: Bearer …` (RFC 6750 §2.1). */
export function readBearerToken({ headers }: CredentialedRequest): string | undefined {
  return readAuthorization(headers.authorization, 'bearer');
}

function readAuthorization(header: string | undefined, scheme: string): string | undefined {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return undefined;
  const space = header.indexOf(' ');
  if (space < 0 || header.slice(0, space).toLowerCase() !== scheme) return undefined;
  return header.slice(space + 1).trim() || undefined;
}
