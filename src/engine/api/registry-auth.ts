import { isJsonObject, type JsonObject, parseJson } from '../../core/index.ts';
import type { RegistryCredentials } from '../../registry/client/index.ts';

const MAX_AUTH_BYTES = 64 * 1024;

/**
 * Reads `X-Registry-Auth`: base64url of JSON (Engine API v1.50, "Authentication"). Nothing, `{}` and what can't be read
 * all mean nobody in particular, as with dockerd.
 */
export function parseRegistryAuth(header: string | undefined): RegistryCredentials | undefined {
  if (!header || header.length > MAX_AUTH_BYTES) return undefined;
  try {
    const value = parseJson(Buffer.from(header, 'base64url'), { maxBytes: MAX_AUTH_BYTES });
    return isJsonObject(value) ? credentialsOf(value) : undefined;
  } catch {
    return undefined;
  }
}

/** Credentials of an auth config, `{username,password,identitytoken,registrytoken,…}`. */
export function credentialsOf(value: JsonObject): RegistryCredentials | undefined {
  const { username, password, identitytoken, registrytoken } = value;
  if (typeof registrytoken === 'string' && registrytoken !== '')
    return { kind: 'bearer', registryToken: registrytoken };
  if (typeof identitytoken === 'string' && identitytoken !== '') {
    return { kind: 'identity', identityToken: identitytoken };
  }
  const isUser = typeof username === 'string' && username !== '' && typeof password === 'string';
  return isUser ? { kind: 'password', username, password } : undefined;
}
