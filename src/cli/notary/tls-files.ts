import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { systemErrorText } from '../trust/key-name.ts';
import { readAuthorities, type ServerCertificates } from '../trust/server-certificates.ts';
import { NotaryCommandError } from './command.ts';
import type { NotaryConfig } from './config.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----/;

/**
 * What vouches for the trust server and what we show it: the configured authority alone, or whatever the machine trusts.
 * @throws {NotaryCommandError} a file is missing, or is no certificate or key; worded as notary words it
 * @throws {CertificateFileError} the machine's own
 */
export async function readTlsFiles(
  { rootCa, clientCertificate, clientKey }: NotaryConfig['server'],
  caBundle: string | undefined,
): Promise<ServerCertificates> {
  if ((clientCertificate === undefined) !== (clientKey === undefined)) {
    throw new NotaryCommandError('either pass both client key and cert, or neither');
  }
  const authorities =
    rootCa === undefined
      ? await readAuthorities(caBundle)
      : { ca: [await readAuthority(rootCa)], publicRoots: () => [] }; // no other is believed
  const client =
    clientCertificate === undefined || clientKey === undefined
      ? undefined
      : await readClientCertificate(clientCertificate, clientKey);
  return { ...authorities, client };
}

async function readAuthority(path: string): Promise<string> {
  const pem = await readText(path, (reason) => `could not read CA certificate ${JSON.stringify(path)}: ${reason}`);
  if (CERTIFICATE.test(pem)) return pem;
  throw tlsProblem(`failed to append certificates from PEM file: ${JSON.stringify(path)}`);
}

async function readClientCertificate(certPath: string, keyPath: string): Promise<{ cert: string; key: string }> {
  const problem = (reason: string): string => `Could not load X509 key pair: ${reason}`;
  const pair = { cert: await readText(certPath, problem), key: await readText(keyPath, problem) };
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw tlsProblem(`${problem((cause as Error).message)}. Make sure the key is not encrypted`, cause);
  }
  return pair;
}

async function readText(path: string, problem: (reason: string) => string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw tlsProblem(problem(`open ${path}: ${systemErrorText(cause)}`), cause);
  }
}

function tlsProblem(reason: string, cause?: unknown): NotaryCommandError {
  return new NotaryCommandError(`unable to configure TLS: ${reason}`, { cause });
}
