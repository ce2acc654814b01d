import type { Digest } from '../../core/index.ts';
import type { Precondition } from '../precondition.ts';

/** An entity tag that names the content, whatever the path: `"sha256:…"`. */
export function etagOf(digest: Digest): string {
  return `"${digest}"`;
}

/** Does `If-None-Match` name this content (RFC 9110 §13.1.2)? Weak tags count, and so do tags without their quotes. */
export function isUnchanged(ifNoneMatch: string | undefined, digest: Digest): boolean {
  return ifNoneMatch !== undefined && names(ifNoneMatch, digest, { weak: true });
}

/**
 * What `If-Match` and `If-None-Match` demand before a change (RFC 9110 §13.2.2, steps 1 and 3): `If-Match: "<digest>"`
 * that this is there now, `If-None-Match: *` that nothing is. `undefined` without either.
 */
export function parsePrecondition(
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
): Precondition | undefined {
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  return (current) => {
    if (ifMatch !== undefined && !(current && names(ifMatch, current, { weak: false }))) return false;
    return ifNoneMatch === undefined || !(current && names(ifNoneMatch, current, { weak: true }));
  };
}

function names(list: string, digest: Digest, { weak }: { readonly weak: boolean }): boolean {
  return list.split(',').some((text) => {
    const tag = weak ? text.trim().replace(/^W\//, '') : text.trim();
    return tag === '*' || tag.replace(/^"(.*)"$/, '$1') === digest;
  });
}
