import {
  DEFAULT_DOMAIN,
  type Digest,
  digestOf,
  errorMessage,
  familiarName,
  formatReference,
  type ImageReference,
  packageVersion,
} from '../../core/index.ts';
import {
  openRegistryClient,
  type RegistryClient,
  RegistryRefusedError,
  RegistryUnreachableError,
} from '../../registry/client/index.ts';
import { ExitError } from '../command.ts';
import { findCredentials, serverOf } from '../credentials.ts';
import { readDockerConfig } from '../docker-config.ts';
import type { Io } from '../io.ts';
import { findSurroundings, type Surroundings } from '../surroundings.ts';
import { readServerCertificates } from '../trust/server-certificates.ts';

/** The images of one repository, asked of its registry without an Engine. What comes is held against its digest. */
export interface RemoteImages extends AsyncDisposable {
  /** What is under the reference, or under a digest. @throws {ExitError} worded as docker words it */
  getManifest(digest?: Digest): Promise<{ readonly bytes: Buffer; readonly mediaType: string }>;
  /** The text of a config. @throws {ExitError} */
  getConfig(digest: Digest): Promise<string>;
}

const DOCKER_HUB = 'https://registry-1.docker.io';
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;
const HTTPS_PORT = 443;
const MAX_CONFIG_BYTES = 8 * 1024 * 1024;

/**
 * Finds the registry by TLS; in plain text too where `isInsecure`, on loopback, and in a sandbox.
 * @throws {ExitError} it can't be reached
 */
export async function openRemoteImages(io: Io, reference: ImageReference, isInsecure: boolean): Promise<RemoteImages> {
  const surroundings = await findSurroundings(io);
  const client = await connect(io, surroundings, reference, isInsecure);
  const { repository } = reference;
  return {
    async getManifest(digest) {
      const wanted = digest ?? reference.digest ?? reference.tag;
      if (wanted === undefined) throw new ExitError(1, `no tag specified for ${familiarName(reference)}`);
      const manifest = await explained(reference, () => client.getManifest(repository, wanted, io.signal));
      checkDigest(manifest.bytes, digest ?? reference.digest);
      return manifest;
    },
    async getConfig(digest) {
      const bytes = await explained(reference, () => readConfig(client, reference, digest, io.signal));
      checkDigest(bytes, digest);
      return bytes.toString('utf8');
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

async function connect(
  io: Io,
  { dockerConfig, names, caBundle }: Surroundings,
  { domain }: ImageReference,
  isInsecure: boolean,
): Promise<RegistryClient> {
  const [host = '', port] = domain.split(':');
  const connectTo = names.find(host, Number(port ?? HTTPS_PORT));
  const { ca } = await readServerCertificates(dockerConfig, domain, caBundle);
  const found = await findCredentials(await readDockerConfig(dockerConfig), serverOf(domain));
  const credentials = found?.identityToken
    ? ({ kind: 'identity', identityToken: found.identityToken } as const)
    : found && ({ kind: 'password', username: found.username, password: found.password } as const);
  const isPlainAllowed = isInsecure || connectTo !== undefined || LOOPBACK.test(domain);
  const secure = domain === DEFAULT_DOMAIN ? DOCKER_HUB : `https://${domain}`;
  let problem: unknown;
  for (const baseUrl of isPlainAllowed ? [secure, `http://${domain}`] : [secure]) {
    const client = await openRegistryClient({
      baseUrl,
      credentials,
      userAgent: `trustsandbox/${packageVersion}`,
      ...(connectTo && { connectTo }),
      ...(ca && { ca: ca.join('\n') }),
      ...(isPlainAllowed && { acceptAnyCertificate: true }),
    });
    try {
      await client.ping(io.signal);
      return client;
    } catch (thrown) {
      await client[Symbol.asyncDispose]();
      if (!(thrown instanceof RegistryUnreachableError)) throw thrown;
      problem ??= thrown;
    }
  }
  const reason = errorMessage(problem);
  throw new ExitError(1, `failed to configure transport: error pinging v2 registry: ${reason}`, { cause: problem });
}

async function readConfig(
  client: RegistryClient,
  { repository }: ImageReference,
  digest: Digest,
  signal: AbortSignal,
): Promise<Buffer> {
  const { body } = await client.getBlob(repository, digest, 0, signal);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_CONFIG_BYTES)
      throw new ExitError(1, `config ${digest} is larger than the ${MAX_CONFIG_BYTES} bytes allowed`);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

function checkDigest(bytes: Buffer, digest: Digest | undefined): void {
  if (digest === undefined || digestOf(bytes) === digest) return;
  throw new ExitError(1, `manifest verification failed for digest ${digest}`);
}

async function explained<T>(reference: ImageReference, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof RegistryRefusedError) || cause.status !== 404) throw cause;
    throw new ExitError(1, `no such manifest: ${formatReference(reference)}`, { cause });
  }
}
