import { basename, resolve } from 'node:path';
import { TrustSandboxError } from '../core/index.ts';

declare const projectBrand: unique symbol;
/** Name of a sandbox, as compose forms it. Only `parseProjectName` makes one. */
export type ProjectName = string & { readonly [projectBrand]: true };

/** Text that can't name a project. */
export class ProjectNameError extends TrustSandboxError {
  readonly code = 'SANDBOX_PROJECT_NAME';
}

/** @throws {ProjectNameError} outside compose's grammar (compose-spec, "name") */
export function parseProjectName(text: string): ProjectName {
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(text) || text.length > 64) {
    throw new ProjectNameError(
      `invalid project name ${JSON.stringify(text)}: must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number`,
    );
  }
  return text as ProjectName;
}

/** The name compose gives a project that has none: its folder's, cleaned. */
export function projectNameOf(folder: string): ProjectName {
  const cleaned = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
  return parseProjectName(cleaned.slice(0, 64) || 'default');
}
