import { readFile } from 'node:fs/promises';
import { TrustSandboxError } from '../../core/index.ts';
import type { SettingsFile } from '../../settings/index.ts';
import { hostPath } from '../inside-path.ts';
import type { ServiceContext } from '../service.ts';

/** A path that a service's configuration names and no volume of it shows. */
export class PathNotMountedError extends TrustSandboxError {
  readonly code = 'SANDBOX_PATH_NOT_MOUNTED';
}

const MAX_BYTES = 1024 * 1024;

/**
 * The configuration file of a service: what its command names (`serve FILE`, `-config=FILE`), else the first of `usual` that a
 * volume shows; `undefined` for none.
 * @throws {PathNotMountedError} the command names one that is not there
 */
export async function readConfigFile(
  { plan, paths }: Pick<ServiceContext, 'plan' | 'paths'>,
  usual: readonly string[],
): Promise<SettingsFile | undefined> {
  const named = plan.command.flatMap((word) => word.split(/\s+/)).map((word) => word.replace(/^--?config=/, ''));
  const wanted = named.findLast((word) => word.startsWith('/') && /\.(?:ya?ml|json)$/.test(word));
  for (const path of wanted === undefined ? usual : [wanted]) {
    const source = hostPath(plan, paths, path);
    const bytes = source === undefined ? undefined : await readFile(source).catch(() => undefined);
    if (bytes) return { path, text: bytes.subarray(0, MAX_BYTES).toString('utf8') };
  }
  if (wanted === undefined || usual.includes(wanted)) return undefined; // the image brings its own
  throw new PathNotMountedError(`service ${plan.name}: its command names ${wanted}, which none of its volumes has`);
}

/** Where a path of the configuration is on the host. @throws {PathNotMountedError} */
export function mountedPath(
  { plan, paths }: Pick<ServiceContext, 'plan' | 'paths'>,
  inside: string,
  setting: string,
): string {
  const found = hostPath(plan, paths, inside);
  if (found !== undefined) return found;
  throw new PathNotMountedError(
    `service ${plan.name}: ${setting} is ${inside}, which none of its volumes has: mount it (volumes: "./here:${inside.replace(/\/[^/]*$/, '') || '/'}")`,
  );
}
