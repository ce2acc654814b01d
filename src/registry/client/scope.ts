import type { RepositoryName } from '../../core/index.ts';

/** Scope of a token that may read `name` (distribution, "Token Scope Documentation"). */
export function pullScope(name: RepositoryName): string {
  return `repository:${name}:pull`;
}

/** Scope of a token that may write `name`. */
export function pushScope(name: RepositoryName): string {
  return `repository:${name}:pull,push`;
}
