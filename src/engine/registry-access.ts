import { type Log, TrustSandboxError } from '../core/index.ts';
import {
  openRegistryClient,
  type RegistryClient,
  type RegistryCredentials,
  type RegistryEndpoint,
  RegistryRefusedError,
  RegistryUnreachableError,
} from '../registry/client/index.ts';

/** One place a registry's name may mean; `note` says which, for people. */
export interface EngineEndpoint extends RegistryEndpoint {
  readonly note?: string;
  /** A mirror or stand-in: pushes and logins are not for it. */
  readonly pullOnly?: boolean;
}

/** Gives the places to try for a registry's name, in order. `docker.io` for names that name none. */
export type ResolveRegistry = (domain: string) => readonly EngineEndpoint[];

/** A registry name that is nowhere. */
export class RegistryUnknownError extends TrustSandboxError {
  readonly code = 'ENGINE_REGISTRY_UNKNOWN';
}

/** Where Docker Hub's images are. */
export const DOCKER_HUB = 'https://registry-1.docker.io';
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

/**
 * Where dockerd looks: Docker Hub by its own name, others by TLS; without a certificate check, and then in plain text,
 * for loopback addresses and for `insecure` ones.
 */
export function defaultEndpoints(domain: string, insecure: readonly string[] = []): readonly EngineEndpoint[] {
  if (domain === 'docker.io') return [{ baseUrl: DOCKER_HUB }];
  const isInsecure = LOOPBACK.test(domain) || insecure.includes(domain);
  if (!isInsecure) return [{ baseUrl: `https://${domain}` }];
  return [{ baseUrl: `https://${domain}`, acceptAnyCertificate: true }, { baseUrl: `http://${domain}` }];
}

/** Says that an endpoint is the one; returns its note. */
export type Settle = () => string | undefined;

export interface RegistryAccess {
  readonly resolve: ResolveRegistry;
  readonly userAgent: string;
  readonly log: Log;
}

/** The same access without the endpoints that only give. */
export function forWriting(access: RegistryAccess): RegistryAccess {
  return { ...access, resolve: (domain) => access.resolve(domain).filter(({ pullOnly }) => !pullOnly) };
}

/**
 * Does `work` with the first endpoint that is there and has what is asked for; once `work` calls `settle`, no other is
 * tried. `settle` tells what is to be said of the endpoint. What the last one threw is thrown.
 * @throws {RegistryUnknownError} the name has no endpoint
 */
export async function withRegistry<T>(
  access: RegistryAccess,
  domain: string,
  credentials: RegistryCredentials | undefined,
  signal: AbortSignal,
  work: (client: RegistryClient, settle: Settle) => Promise<T>,
): Promise<T> {
  let problem: unknown = new RegistryUnknownError(`no such registry: ${domain}`);
  for (const endpoint of access.resolve(domain)) {
    await using client = await openRegistryClient({ ...endpoint, credentials, userAgent: access.userAgent });
    let isSettled = false;
    const settle: Settle = () => {
      isSettled = true;
      access.log.info('registry used', { domain, baseUrl: endpoint.baseUrl, note: endpoint.note });
      return endpoint.note;
    };
    try {
      await client.ping(signal);
      return await work(client, settle);
    } catch (thrown) {
      problem = thrown;
      if (isSettled || !isElsewhere(thrown)) throw thrown;
      access.log.debug('registry passed over', {
        domain,
        baseUrl: endpoint.baseUrl,
        reason: (thrown as Error).message,
      });
    }
  }
  throw problem;
}

/** Whether another endpoint of the same name may do better. */
function isElsewhere(thrown: unknown): boolean {
  if (thrown instanceof RegistryUnreachableError) return true;
  return (
    thrown instanceof RegistryRefusedError && (thrown.reason === 'MANIFEST_UNKNOWN' || thrown.reason === 'NAME_UNKNOWN')
  );
}
