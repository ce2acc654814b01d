import {
  DEFAULT_DOMAIN,
  type Digest,
  digestOf,
  fullName,
  type ImageReference,
  isJsonObject,
  type JsonObject,
  packageVersion,
  type Tag,
} from '../../core/index.ts';
import {
  type ConnectAddress,
  openRegistryClient,
  type RegistryCredentials,
  type RegistryEndpoint,
  RegistryUnreachableError,
} from '../../registry/client/index.ts';
import { findCredentials, serverOf } from '../credentials.ts';
import type { EngineSession } from '../engine-session.ts';
import type { Io } from '../io.ts';
import { readServerCertificates } from './server-certificates.ts';
import { ContentTrustError } from './trust-error.ts';

/** A manifest, or an index, as a registry has it. `digest` is that of the bytes, whatever the registry says. */
export interface RemoteManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly digest: Digest;
}

/** Asks an image's registry for what is under a tag, or a digest. */
export type FetchManifest = (reference: ImageReference) => Promise<RemoteManifest>;

const DOCKER_HUB = 'https://registry-1.docker.io';
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;
const HTTPS_PORT = 443;

/**
 * Asks registries as the Engine would: by TLS, and in plain text those that the Engine takes for insecure, or that are a
 * sandbox's or on loopback.
 */
export function registryOf({ config, surroundings, engine }: EngineSession, io: Io): FetchManifest {
  return async (reference) => {
    const { domain } = reference;
    const wanted = reference.digest ?? reference.tag;
    if (wanted === undefined) throw new ContentTrustError(`no tag specified for ${fullName(reference)}`);
    const found = await findCredentials(config, serverOf(domain));
    const { ca } = await readServerCertificates(surroundings.dockerConfig, domain, surroundings.caBundle);
    const [host = '', port] = domain.split(':');
    const connectTo = surroundings.names.find(host, Number(port ?? HTTPS_PORT));
    const isInsecure =
      connectTo !== undefined || LOOPBACK.test(domain) || isInsecureIn(await engine.info().catch(() => ({})), domain);
    let unreachable: unknown;
    for (const endpoint of endpoints(domain, isInsecure, connectTo, ca?.join('\n'))) {
      try {
        return await fetchFrom(endpoint, reference, wanted, found && credentialsOf(found), io);
      } catch (thrown) {
        if (!(thrown instanceof RegistryUnreachableError)) throw thrown;
        unreachable = thrown;
      }
    }
    throw unreachable;
  };
}

function endpoints(
  domain: string,
  isInsecure: boolean,
  connectTo: ConnectAddress | undefined,
  ca: string | undefined,
): readonly RegistryEndpoint[] {
  const shared = { ...(connectTo && { connectTo }), ...(ca && { ca }) };
  const baseUrl = domain === DEFAULT_DOMAIN ? DOCKER_HUB : `https://${domain}`;
  const secure = { baseUrl, ...shared, ...(isInsecure && { acceptAnyCertificate: true }) };
  return isInsecure ? [secure, { baseUrl: `http://${domain}`, ...shared }] : [secure];
}

async function fetchFrom(
  endpoint: RegistryEndpoint,
  { repository }: ImageReference,
  wanted: Tag | Digest,
  credentials: RegistryCredentials | undefined,
  { signal }: Io,
): Promise<RemoteManifest> {
  const userAgent = `trustsandbox/${packageVersion}`;
  await using client = await openRegistryClient({ ...endpoint, credentials, userAgent });
  const { mediaType, bytes } = await client.getManifest(repository, wanted, signal);
  const digest = digestOf(bytes);
  if (wanted.includes(':') && wanted !== digest) {
    throw new ContentTrustError(`the registry gave out ${digest} in place of ${wanted}`);
  }
  return { mediaType, bytes, digest };
}

type Found = NonNullable<Awaited<ReturnType<typeof findCredentials>>>;

function credentialsOf({ username, password, identityToken }: Found): RegistryCredentials {
  return identityToken === undefined ? { kind: 'password', username, password } : { kind: 'identity', identityToken };
}

/** Whether the Engine speaks with a registry without TLS (Docker Engine API v1.50, `RegistryServiceConfig`). */
function isInsecureIn({ RegistryConfig: registries }: JsonObject, domain: string): boolean {
  const configs = isJsonObject(registries) ? registries.IndexConfigs : undefined;
  const index = isJsonObject(configs) ? configs[domain] : undefined;
  return isJsonObject(index) && index.Secure === false;
}
