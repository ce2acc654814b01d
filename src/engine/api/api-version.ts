import { TrustSandboxError } from '../../core/index.ts';

/**
 * Versions of the Docker Engine API that are spoken here. What changed between them is shimmed where it matters;
 * the oldest is dockerd 20.10's, since Debian's skopeo asks for 1.22.
 */
export const MAX_API_VERSION = '1.51';
export const MIN_API_VERSION = '1.12';

/** A version of the API that is not spoken here. */
export class ApiVersionError extends TrustSandboxError {
  readonly code = 'ENGINE_API_VERSION';
}

const VERSIONED = /^\/v(\d+)\.(\d+)(?=\/)/;

/** Path without its version, and the minor number of that version: `/v1.41/info` is `/info` at 41. */
export interface VersionedPath {
  readonly path: string;
  readonly minor: number;
}

/** @throws {ApiVersionError} in dockerd's words */
export function splitVersion(path: string): VersionedPath {
  const [prefix, major, minor] = VERSIONED.exec(path) ?? [];
  if (prefix === undefined) return { path, minor: minorOf(MAX_API_VERSION) };
  const version = `${major}.${minor}`;
  if (Number(major) !== 1 || Number(minor) > minorOf(MAX_API_VERSION)) {
    throw new ApiVersionError(
      `client version ${version} is too new. Maximum supported API version is ${MAX_API_VERSION}`,
    );
  }
  if (Number(minor) < minorOf(MIN_API_VERSION)) {
    throw new ApiVersionError(
      `client version ${version} is too old. Minimum supported API version is ${MIN_API_VERSION}, please upgrade your client to a newer version`,
    );
  }
  return { path: path.slice(prefix.length), minor: Number(minor) };
}

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
