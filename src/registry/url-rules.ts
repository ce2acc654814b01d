import { RegistryError } from './errors.ts';
import type { Manifest } from './manifest.ts';

/** Which URLs manifests may name (distribution's `validation.manifests.urls`): one of `allow`, if there are any, none of `deny`. */
export interface UrlRules {
  readonly allow: readonly RegExp[];
  readonly deny: readonly RegExp[];
}

/** Longest URL that an expression is tried on, in characters. */
const MAX_URL_LENGTH = 2048;

/** @throws {RegistryError} MANIFEST_INVALID, with the URL that may not be named */
export function verifyUrls({ urls }: Manifest, { allow, deny }: UrlRules): void {
  for (const url of urls) {
    const isPlain = url.length <= MAX_URL_LENGTH && /^https?:\/\//.test(url) && !url.includes('#');
    const isAllowed = isPlain && (allow.length === 0 || allow.some((each) => each.test(url)));
    if (!isAllowed || deny.some((each) => each.test(url))) {
      throw new RegistryError('MANIFEST_INVALID', `invalid URL on layer: ${url.slice(0, 200)}`);
    }
  }
}
