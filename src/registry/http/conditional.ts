import type { Digest } from '../../core/index.ts';

/** An entity tag that names the content, whatever the path: `"sha256:…"`. */
export function etagOf(digest: Digest): string {
  return `"${digest}"`;
}

/** Does `If-None-Match` name this content (RFC 9110 §13.1.2)? Weak tags count, and so do tags without their quotes. */
export function isUnchanged(ifNoneMatch: string | undefined, digest: Digest): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((text) => {
    const tag = text.trim();
    return tag === '*' || tag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1') === digest;
  });
}
