import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../core/index.ts';
import { type EngineAddress, type EngineTls, parseDockerHost } from '../engine/client/index.ts';
import { ExitError } from './command.ts';
import { DEFAULT_CONTEXT, readContextTls } from './context/context-store.ts';
import type { Io } from './io.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Where the Engine is that flags, variables and the context mean, with the certificates to use there.
 * @throws {ExitError} the context is not there, the address is none, or a certificate can't be read; in docker's words
 */
export async function findEndpoint(io: Io, surroundings: Surroundings): Promise<EngineAddress> {
  const { context, dockerHost } = surroundings;
  try {
    if (context.problem) throw context.problem;
    return parseDockerHost(dockerHost, await readTls(io, surroundings));
  } catch (cause) {
    throw new ExitError(1, `Failed to initialize: unable to resolve docker endpoint: ${errorMessage(cause)}`, {
      cause,
    });
  }
}

/** Certificates for an Engine behind TLS: the context's own, else as flags and `DOCKER_TLS*` ask for. */
async function readTls(io: Io, { context, contextFolder, dockerConfig }: Surroundings): Promise<EngineTls | undefined> {
  if (context.name === DEFAULT_CONTEXT) return readDefaultTls(io, dockerConfig);
  const read = (file: 'ca.pem' | 'cert.pem' | 'key.pem') => readContextTls(contextFolder, context.name, file);
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  if (!context.skipsTlsVerify && ca === undefined && cert === undefined) return undefined;
  return { verify: !context.skipsTlsVerify, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** The CA must be there; certificate and key may be missing where nobody named their files. */
async function readDefaultTls({ env, global = {} }: Io, dockerConfig: string): Promise<EngineTls | undefined> {
  const verify = global.tlsVerify ?? Boolean(env.DOCKER_TLS_VERIFY);
  if (!verify && !(global.tls ?? Boolean(env.DOCKER_TLS))) return undefined;
  const folder = env.DOCKER_CERT_PATH || dockerConfig;
  const [ca, cert, key] = await Promise.all([
    readPem(global.caFile ?? join(folder, 'ca.pem')),
    global.certFile ? readPem(global.certFile) : readPem(join(folder, 'cert.pem')).catch(() => undefined),
    global.keyFile ? readPem(global.keyFile) : readPem(join(folder, 'key.pem')).catch(() => undefined),
  ]);
  return { verify, ca, ...(cert && { cert }), ...(key && { key }) };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ExitError(1, isMissing ? `open ${path}: no such file or directory` : errorMessage(cause), { cause });
  }
}
