import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrustSandboxError } from '../../core/index.ts';

/** A certificate file of the configuration that is missing its other half, or cannot be read. */
export class CertificateFileError extends TrustSandboxError {
  readonly code = 'CERTIFICATE_FILE';
}

/** PEM texts for a connection to a server. */
export interface ServerCertificates {
  /** Authorities to try first; the run-time's own when absent. */
  readonly ca: readonly string[] | undefined;
  /** More of them, for a server that the first do not know. Loading a machine's list takes 20 ms. */
  readonly publicRoots: (() => readonly string[]) | undefined;
  readonly client: { readonly cert: string; readonly key: string } | undefined;
}

const END = '-----END CERTIFICATE-----\n';
/** Where Linux distributions and BSDs keep theirs. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * What docker trusts for a server, and shows to it: the machine's bundle or the one named, and the files of
 * `tls/<host:port>/` in its configuration folder: `*.crt` are authorities, `X.cert` and `X.key` a client's certificate.
 * @throws {CertificateFileError}
 */
export async function readServerCertificates(
  dockerConfig: string,
  hostAndPort: string,
  caBundle: string | undefined,
): Promise<ServerCertificates> {
  const folder = join(dockerConfig, 'tls', hostAndPort);
  const names = await listNames(folder);
  const authorities = await Promise.all(
    names.filter((name) => name.endsWith('.crt')).map((name) => readPem(join(folder, name))),
  );
  return { ...(await readAuthorities(caBundle, authorities)), client: await findClientCertificate(folder, names) };
}

/** The authorities of a PEM bundle, or of the machine, after those given. @throws {CertificateFileError} */
export async function readAuthorities(
  caBundle: string | undefined,
  given: readonly string[] = [],
): Promise<Pick<ServerCertificates, 'ca' | 'publicRoots'>> {
  const named = caBundle === undefined ? undefined : await readPem(caBundle);
  const bundle = named ?? (await findSystemBundle());
  const likely = [...(named === undefined ? [] : [firstCertificate(named)]), ...given];
  const isLikely = likely.length > 0;
  return {
    ca: isLikely ? likely : bundle === undefined ? undefined : [bundle],
    publicRoots: isLikely && bundle !== undefined ? () => [bundle] : undefined,
  };
}

/** A sandbox puts its own authority in front of the machine's: with luck the others need not be loaded. */
function firstCertificate(bundle: string): string {
  const end = bundle.indexOf(END);
  return end < 0 ? bundle : bundle.slice(0, end + END.length);
}

/** The machine's own list, where it has one: it may hold a company's authorities, the run-time's does not. */
async function findSystemBundle(): Promise<string | undefined> {
  for (const path of SYSTEM_BUNDLES) {
    const bundle = await readFile(path, 'utf8').catch(() => undefined);
    if (bundle !== undefined) return bundle;
  }
  return undefined;
}

async function findClientCertificate(folder: string, names: readonly string[]): Promise<ServerCertificates['client']> {
  let found: ServerCertificates['client'];
  for (const cert of names.filter((name) => name.endsWith('.cert'))) {
    const key = `${cert.slice(0, -'.cert'.length)}.key`;
    if (!names.includes(key)) {
      throw new CertificateFileError(
        `missing key ${key} for client certificate ${cert}. CA certificates must use the extension .crt`,
      );
    }
    found ??= { cert: await readPem(join(folder, cert)), key: await readPem(join(folder, key)) };
  }
  for (const key of names.filter((name) => name.endsWith('.key'))) {
    const cert = `${key.slice(0, -'.key'.length)}.cert`;
    if (!names.includes(cert)) throw new CertificateFileError(`missing client certificate ${cert} for key ${key}`);
  }
  return found;
}

/** None when there is no such folder, which is the common case. */
async function listNames(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new CertificateFileError(`cannot read ${folder}`, { cause: thrown });
  }
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CertificateFileError(`cannot read certificates from ${path}: ${(cause as Error).message}`, { cause });
  }
}
