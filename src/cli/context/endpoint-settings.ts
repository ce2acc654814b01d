import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errorMessage, TrustSandboxError } from '../../core/index.ts';
import type { FlagSpec } from '../flags.ts';
import type { Io } from '../io.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Context, readContextTls, TLS_FILES, type TlsFile } from './context-store.ts';
import { findContext } from './default-context.ts';

/** `--docker host=…,ca=…`: the Engine of a context. */
export const ENDPOINT_FLAG = {
  kind: 'string',
  value: 'stringToString',
  help: 'set the docker endpoint (default [])',
  refuse: (text) => {
    const part = text.split(',').find((one) => !one.includes('='));
    return part === undefined ? undefined : `${part} must be formatted as key=value`;
  },
} as const satisfies FlagSpec;

/** Settings of `--docker`, as help explains them. */
export const ENDPOINT_HELP = `
Docker endpoint config:

NAME                DESCRIPTION
from                Copy named context's Docker endpoint configuration
host                Docker endpoint on which to connect
ca                  Trust certs signed only by this CA
cert                Path to TLS certificate file
key                 Path to TLS key file
skip-tls-verify     Skip TLS certificate validation
`;

/** An Engine for a context, with the certificates to use there. */
export interface Endpoint {
  readonly host: string;
  readonly skipsTlsVerify: boolean;
  readonly tls: ReadonlyMap<TlsFile, string>;
}

/** `--docker` that says nothing sensible. */
export class EndpointInvalidError extends TrustSandboxError {
  readonly code = 'CLI_CONTEXT_ENDPOINT';
}

const FILES = new Map<string, TlsFile>([
  ['ca', 'ca.pem'],
  ['cert', 'cert.pem'],
  ['key', 'key.pem'],
]);
const NAMES: ReadonlySet<string> = new Set(['from', 'host', 'skip-tls-verify', ...FILES.keys()]);

/** @throws {EndpointInvalidError} worded as docker words it */
export async function readEndpoint(text: string, surroundings: Surroundings, { cwd }: Io): Promise<Endpoint> {
  try {
    return await read(text, surroundings, cwd);
  } catch (cause) {
    const reason = errorMessage(cause);
    throw new EndpointInvalidError(`unable to create docker endpoint config: ${reason}`, { cause });
  }
}

async function read(text: string, surroundings: Surroundings, cwd: string): Promise<Endpoint> {
  const settings = new Map(
    text
      .split(',')
      .filter((part) => part !== '')
      .map((part): [string, string] => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
  const unknown = [...settings.keys()].find((name) => !NAMES.has(name));
  if (unknown !== undefined) throw new EndpointInvalidError(`unrecognized config key: ${unknown}`);
  const from = settings.get('from');
  if (from !== undefined) return endpointOf(surroundings, await findContext(surroundings, from));
  const skips = settings.get('skip-tls-verify') ?? 'false';
  if (!/^(1|t|true|0|f|false)$/i.test(skips)) {
    throw new EndpointInvalidError(`strconv.ParseBool: parsing ${JSON.stringify(skips)}: invalid syntax`);
  }
  const tls = new Map<TlsFile, string>();
  for (const [name, file] of FILES) {
    const path = settings.get(name);
    if (path) tls.set(file, await readPem(resolve(cwd, path), path));
  }
  checkCertificates(tls);
  return { host: settings.get('host') ?? '', skipsTlsVerify: /^(1|t|true)$/i.test(skips), tls };
}

/** What a context has, its certificates too. */
export async function endpointOf({ contextFolder }: Surroundings, context: Context): Promise<Endpoint> {
  const { host, skipsTlsVerify, name } = context;
  const tls = new Map<TlsFile, string>();
  for (const file of TLS_FILES) {
    const text = await readContextTls(contextFolder, name, file);
    if (text !== undefined) tls.set(file, text);
  }
  return { host, skipsTlsVerify, tls };
}

async function readPem(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new EndpointInvalidError(`open ${shown}: no such file or directory`, { cause });
  }
}

function checkCertificates(tls: ReadonlyMap<TlsFile, string>): void {
  const refuse = (reason: string): never => {
    throw new EndpointInvalidError(`invalid docker endpoint options: failed to retrieve context tls info: ${reason}`);
  };
  const ca = tls.get('ca.pem');
  if (ca !== undefined && !isCertificate(ca)) refuse('ca.pem seems invalid');
  const cert = tls.get('cert.pem');
  if (cert !== undefined && !isCertificate(cert)) refuse('failed to find any PEM data in certificate input');
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).subject !== null;
  } catch {
    return false;
  }
}
