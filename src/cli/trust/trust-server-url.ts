import { DEFAULT_DOMAIN, isJsonObject, type JsonValue, TrustSandboxError } from '../../core/index.ts';
import type { Io } from '../io.ts';

/** `DOCKER_CONTENT_TRUST_SERVER`, or an entry of `trustServers`, is not an https URL. */
export class TrustServerInvalidError extends TrustSandboxError {
  readonly code = 'TRUST_SERVER_INVALID';
  constructor(text: string) {
    super(`valid https URL required for trust server, got ${text}`);
  }
}

/** `trustServers` of docker's configuration does not have the form that it should have. */
export class TrustServersError extends TrustSandboxError {
  readonly code = 'TRUST_SERVERS_INVALID';
}

/** URLs of trust servers by the registries they are for. */
export type TrustServerMap = ReadonlyMap<string, string>;

const DOCKER_HUB_SERVER = 'https://notary.docker.io';
const ANY = '*';

/**
 * The trust server for images of the registry `domain`: `DOCKER_CONTENT_TRUST_SERVER`, for whoever sets it for one
 * command means it; else the one that `servers` has for the registry; else, for Docker Hub, Docker's public one; else the
 * registry's own host.
 * @throws {TrustServerInvalidError}
 */
export function trustServerUrl({ env }: Pick<Io, 'env'>, domain: string, servers: TrustServerMap = new Map()): string {
  const text = env.DOCKER_CONTENT_TRUST_SERVER || findTrustServer(servers, domain);
  if (!text) return domain === DEFAULT_DOMAIN ? DOCKER_HUB_SERVER : `https://${domain}`;
  if (!URL.canParse(text) || new URL(text).protocol !== 'https:') throw new TrustServerInvalidError(text);
  return text;
}

/**
 * The entry that is for a registry; the closest of several: its host and port, its host with any port, the longest
 * `*.example.com` (hosts below it, and not itself), `*`.
 */
export function findTrustServer(servers: TrustServerMap, domain: string): string | undefined {
  const host = domain.replace(/:\d+$/, '');
  const wildcards = [...servers.keys()]
    .filter((pattern) => pattern.startsWith('*.') && host.endsWith(pattern.slice(1)))
    .sort((a, b) => b.length - a.length);
  const pattern = [domain, host, ...wildcards, ANY].find((candidate) => servers.has(candidate));
  return pattern === undefined ? undefined : servers.get(pattern);
}

/**
 * Reads `trustServers` of docker's `config.json`, which is ours alone:
 *
 *     {"registry.example.com": "https://notary.example.com", "*.corp.example": "https://trust.corp.example:4443"}
 *
 * @throws {TrustServersError} it has another form
 */
export function parseTrustServers(value: JsonValue | undefined): TrustServerMap {
  if (value === undefined) return new Map();
  if (!isJsonObject(value)) throw new TrustServersError('trustServers should be an object');
  return new Map(
    Object.entries(value).map(([pattern, url]) => {
      if (typeof url !== 'string')
        throw new TrustServersError(`trustServers[${JSON.stringify(pattern)}] should be a URL`);
      const isPattern = pattern === ANY || /^(\*\.)?[^*/\s]+$/.test(pattern);
      if (isPattern) return [pattern, url] as const;
      throw new TrustServersError(
        `trustServers: ${JSON.stringify(pattern)} names no registry: example.com:5000, *.example.com, or *`,
      );
    }),
  );
}
