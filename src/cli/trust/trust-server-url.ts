import { DEFAULT_DOMAIN, TrustSandboxError } from '../../core/index.ts';
import type { Io } from '../io.ts';

/** `DOCKER_CONTENT_TRUST_SERVER` is not an https URL. */
export class TrustServerInvalidError extends TrustSandboxError {
  readonly code = 'TRUST_SERVER_INVALID';
  constructor(text: string) {
    super(`valid https URL required for trust server, got ${text}`);
  }
}

const DOCKER_HUB_SERVER = 'https://notary.docker.io';

/**
 * The trust server for images of the registry `domain`: `DOCKER_CONTENT_TRUST_SERVER`; else, for Docker Hub, Docker's
 * public one; else the registry's own host.
 * @throws {TrustServerInvalidError}
 */
export function trustServerUrl({ env }: Pick<Io, 'env'>, domain: string): string {
  const text = env.DOCKER_CONTENT_TRUST_SERVER;
  if (!text) return domain === DEFAULT_DOMAIN ? DOCKER_HUB_SERVER : `https://${domain}`;
  if (!URL.canParse(text) || new URL(text).protocol !== 'https:') throw new TrustServerInvalidError(text);
  return text;
}
