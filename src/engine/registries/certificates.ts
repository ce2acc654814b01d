import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrustSandboxError } from '../../core/index.ts';
import type { RegistryEndpoint } from '../../registry/client/index.ts';

/** A folder of certificates that lacks a part, or can't be read. */
export class RegistryCertificatesError extends TrustSandboxError {
  readonly code = 'ENGINE_REGISTRY_CERTIFICATES';
}

/** What a registry's folder in `certs.d` says of its certificates. */
export type RegistryCertificates = Pick<RegistryEndpoint, 'ca' | 'clientCertificate'>;

const DOMAIN = /^[A-Za-z0-9.\-:[\]]+$/;

/**
 * Reads `<folder>/<registry>/`: each `*.crt` is an authority, `*.cert` with the `*.key` of its name a client certificate
 * (docker's "Verify repository client with certificates"). Read at each use, so that new ones count at once.
 * @throws {RegistryCertificatesError} a certificate without its key, or the reverse; an unreadable file
 */
export function readCertificates(folder: string, domain: string): RegistryCertificates {
  if (!DOMAIN.test(domain) || domain.includes('..')) return {}; // it becomes a path
  const place = join(folder, domain);
  const names = listNames(place);
  const read = (name: string): string => readText(join(place, name));
  const authorities = names.filter((name) => name.endsWith('.crt')).map(read);
  const certs = names.filter((name) => name.endsWith('.cert'));
  const keys = names.filter((name) => name.endsWith('.key'));
  for (const name of certs) requirePair(place, names, name, name.replace(/cert$/, 'key'));
  for (const name of keys) requirePair(place, names, name, name.replace(/key$/, 'cert'));
  const [cert] = certs;
  return {
    ...(authorities.length > 0 && { ca: authorities.join('\n') }),
    ...(cert !== undefined && { clientCertificate: { cert: read(cert), key: read(cert.replace(/cert$/, 'key')) } }),
  };
}

function listNames(place: string): string[] {
  try {
    return readdirSync(place).sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new RegistryCertificatesError(`${place} can't be read: ${(cause as Error).message}`, { cause });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new RegistryCertificatesError(`${path} can't be read: ${(cause as Error).message}`, { cause });
  }
}

function requirePair(place: string, names: readonly string[], name: string, other: string): void {
  if (!names.includes(other)) throw new RegistryCertificatesError(`missing ${other} for ${name} in ${place}`);
}
