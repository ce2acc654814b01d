import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { errorMessage, TrustSandboxError } from '../../../core/index.ts';

/** PEM files of one side of a connection between server and signer. */
export interface SignerTlsFiles {
  /** Authorities whose certificates the other side may have, and no others. */
  readonly caFile?: string | undefined;
  /** This side's certificate, with those between it and the authority, and its key. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** A certificate or key file for the connection between server and signer is of no use. */
export class SignerTlsError extends TrustSandboxError {
  readonly code = 'NOTARY_SIGNER_TLS';
}

/**
 * Reads what `tls.createSecureContext` takes; TLS 1.2 at least. A certificate in `caFile` is trusted for itself, authority or
 * not, as Go does: notary's examples have the server's own certificate there.
 * @throws {SignerTlsError}
 */
export async function readTlsFiles({ caFile, certFile, keyFile }: SignerTlsFiles): Promise<SecureContextOptions> {
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new SignerTlsError('a certificate and its key go together: one of the two files is not named');
  }
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map((path) => path && readPem(path)));
  const options: SecureContextOptions = {
    minVersion: 'TLSv1.2',
    ...(ca && caFile && { ca: certificatesOf(ca, caFile), allowPartialTrustChain: true }),
    ...(cert && { cert }),
    ...(key && { key }),
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    const files = [certFile, keyFile, caFile].filter((path) => path !== undefined).join(', ');
    throw new SignerTlsError(`${files}: no certificate with its key: ${errorMessage(cause)}`, { cause });
  }
  return options;
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new SignerTlsError(`${path}: cannot be read: ${errorMessage(cause)}`, { cause });
  }
}

/** OpenSSL takes what is no certificate for nothing, and would then trust nobody, for a reason nobody sees. */
function certificatesOf(pem: string, path: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch (cause) {
    throw new SignerTlsError(`${path}: holds a certificate that cannot be read`, { cause });
  }
  if (blocks.length === 0) throw new SignerTlsError(`${path}: holds no certificate`);
  return blocks;
}
