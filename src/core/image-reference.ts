import { type Digest, isDigest } from './digest.ts';
import { TrustSandboxError } from './errors.ts';
import { isTag, NameInvalidError, parseRepositoryName, type RepositoryName, type Tag } from './repository-name.ts';

/** Registry of names that name none, as docker spells it. */
export const DEFAULT_DOMAIN = 'docker.io';
const LEGACY_DOMAIN = 'index.docker.io';
const OFFICIAL_PREFIX = 'library/';

/** What a user points at an image with: registry, repository, and a tag or a digest, or both, or neither. */
export interface ImageReference {
  /** Registry host and port, `docker.io` when the user gave none. */
  readonly domain: string;
  /** Repository within it, `library/alpine` for a bare `alpine`. */
  readonly repository: RepositoryName;
  readonly tag?: Tag;
  readonly digest?: Digest;
}

/** Text that is no image reference; worded as docker words it. */
export class ReferenceInvalidError extends TrustSandboxError {
  readonly code = 'REFERENCE_INVALID';
}

const DOMAIN_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = new RegExp(`^(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const IMAGE_ID = /^[0-9a-f]{64}$/;

/**
 * Reads a reference as a user types it, filling in the default registry and `library/`
 * (distribution/reference v0.6, `ParseNormalizedNamed`).
 * @throws {ReferenceInvalidError}
 */
export function parseImageReference(text: string): ImageReference {
  if (IMAGE_ID.test(text)) {
    throw new ReferenceInvalidError(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) throw new ReferenceInvalidError('invalid reference format');
  const { domain, rest } = splitDomain(named);
  const colon = rest.indexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (path.toLowerCase() !== path) {
    throw new ReferenceInvalidError(`invalid reference format: repository name (${path}) must be lowercase`);
  }
  if (!DOMAIN.test(domain) || (tag !== undefined && !isTag(tag))) {
    throw new ReferenceInvalidError('invalid reference format');
  }
  return { domain, repository: parsePath(path), ...(tag && { tag }), ...(digest && { digest }) };
}

function parsePath(path: string): RepositoryName {
  try {
    return parseRepositoryName(path);
  } catch (cause) {
    if (!(cause instanceof NameInvalidError)) throw cause;
    const reason =
      path.length > 255 ? 'repository name must not be more than 255 characters' : 'invalid reference format';
    throw new ReferenceInvalidError(reason, { cause });
  }
}

function splitDomain(named: string): { domain: string; rest: string } {
  const slash = named.indexOf('/');
  const first = named.slice(0, slash);
  const isDomain = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  const domain = !isDomain || first === LEGACY_DOMAIN ? DEFAULT_DOMAIN : first;
  const path = isDomain ? named.slice(slash + 1) : named;
  const rest = domain === DEFAULT_DOMAIN && path !== '' && !path.includes('/') ? OFFICIAL_PREFIX + path : path;
  return { domain, rest };
}

/** Registry and repository, always in full: `docker.io/library/alpine`. Also the GUN of its trust collection. */
export function fullName(reference: Pick<ImageReference, 'domain' | 'repository'>): string {
  return `${reference.domain}/${reference.repository}`;
}

/** Registry and repository as docker shows them: `alpine`, `sandboxregistry:5000/test/trusttest`. */
export function familiarName({ domain, repository }: Pick<ImageReference, 'domain' | 'repository'>): string {
  if (domain !== DEFAULT_DOMAIN) return `${domain}/${repository}`;
  const isOfficial = repository.startsWith(OFFICIAL_PREFIX) && !repository.slice(OFFICIAL_PREFIX.length).includes('/');
  return isOfficial ? repository.slice(OFFICIAL_PREFIX.length) : repository;
}

/** The reference as docker shows it, tag and digest included. */
export function formatReference(reference: ImageReference): string {
  const tag = reference.tag ? `:${reference.tag}` : '';
  const digest = reference.digest ? `@${reference.digest}` : '';
  return familiarName(reference) + tag + digest;
}

/** Adds `latest` where there is neither tag nor digest. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  return reference.tag || reference.digest ? reference : { ...reference, tag: 'latest' as Tag };
}
