import { posix } from 'node:path';
import { WireError } from '../wire-error.ts';
import { ROUTES, type Route } from './routes.ts';

/**
 * A GUN and a role of 255 characters each, a hash and what is between them. Longer paths are nowhere: patterns that may match in
 * many places take time by the square of what they look at.
 */
const MAX_PATH_LENGTH = 1024;

/** What is asked for; nothing where no route leads. */
export function findRoute(
  method: string,
  path: string,
): { route: Route; params: Record<string, string | undefined> } | undefined {
  if (path.length > MAX_PATH_LENGTH) return undefined;
  for (const route of ROUTES) {
    if (route.method !== method) continue;
    const match = route.pattern.exec(path);
    if (match) return { route, params: { ...match.groups } };
  }
  return undefined;
}

/** Collections outside `prefixes` are not served. @throws {WireError} */
export function verifyPrefix({ foreignGun }: Route, gun: string | undefined, prefixes: readonly string[]): void {
  if (!foreignGun || gun === undefined || prefixes.length === 0) return;
  if (prefixes.some((prefix) => gun.startsWith(prefix))) return;
  throw foreignGun === 'INVALID_GUN'
    ? new WireError('INVALID_GUN', `Require GUNs with prefix: [${prefixes.join(' ')}]`)
    : new WireError('METADATA_NOT_FOUND');
}

/** Bytes that are no UTF-8 are in no name: they become a character that none has. `undefined`: a percent sign encodes nothing. */
export function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return /%(?![0-9a-fA-F]{2})/.test(path) ? undefined : path.replace(/%[0-9a-fA-F]{2}/g, '\0');
  }
}

/** As Go's multiplexer cleans paths: no empty, `.` or `..` component; a slash at the end stays. */
export function cleanPath(path: string): string {
  const absolute = path.startsWith('/') ? path : `/${path}`;
  return posix.normalize(absolute);
}
