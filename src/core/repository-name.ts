import { TrustSandboxError } from './errors.ts';

declare const repositoryBrand: unique symbol;
/** Name of a repository within a registry, `library/alpine`. Only `parseRepositoryName` makes one. */
export type RepositoryName = string & { readonly [repositoryBrand]: true };

declare const tagBrand: unique symbol;
/** Only `parseTag` makes one. */
export type Tag = string & { readonly [tagBrand]: true };

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const MAX_NAME_LENGTH = 255;

/** Text that should name a repository and does not. */
export class NameInvalidError extends TrustSandboxError {
  readonly code = 'NAME_INVALID';
  readonly text: string;
  constructor(text: string) {
    super(`invalid repository name ${JSON.stringify(text.slice(0, 300))}`);
    this.text = text;
  }
}

/** Text that should be a tag and is not. */
export class TagInvalidError extends TrustSandboxError {
  readonly code = 'TAG_INVALID';
  readonly text: string;
  constructor(text: string) {
    super(`invalid tag ${JSON.stringify(text.slice(0, 160))}`);
    this.text = text;
  }
}

export function isTag(text: string): text is Tag {
  return TAG.test(text);
}

/** @throws {NameInvalidError} outside distribution-spec v1.1's `<name>` grammar, or over 255 characters */
export function parseRepositoryName(text: string): RepositoryName {
  if (text.length > MAX_NAME_LENGTH || !NAME.test(text)) throw new NameInvalidError(text);
  return text as RepositoryName; // the one cast
}

/** @throws {TagInvalidError} outside distribution-spec v1.1's tag grammar */
export function parseTag(text: string): Tag {
  if (!isTag(text)) throw new TagInvalidError(text);
  return text;
}
