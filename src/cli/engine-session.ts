import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, packageVersion } from '../core/index.ts';
import { type EngineClient, type EngineTls, openEngineClient, parseDockerHost } from '../engine/client/index.ts';
import { type DockerConfig, memberOf, readDockerConfig } from './docker-config.ts';
import type { Io } from './io.ts';
import { findSurroundings, type Surroundings } from './surroundings.ts';

/** An Engine at hand, and the configuration to use it with. */
export interface EngineSession {
  readonly engine: EngineClient;
  readonly config: DockerConfig;
  readonly surroundings: Surroundings;
}

/** Does `work` with the Engine that is meant, and lets go of it afterwards. */
export async function withEngine<T>(io: Io, work: (session: EngineSession) => Promise<T>): Promise<T> {
  const surroundings = await findSurroundings(io);
  const config = await readDockerConfig(surroundings.dockerConfig);
  const address = parseDockerHost(surroundings.dockerHost, await readTls(io, surroundings.dockerConfig));
  using engine = openEngineClient(address, {
    userAgent: `trustsandbox/${packageVersion} (${process.platform})`,
    headers: extraHeaders(config.value),
  });
  return await work({ engine, config, surroundings });
}

function extraHeaders(config: JsonObject): Readonly<Record<string, string>> {
  const headers = memberOf(config, 'HttpHeaders');
  return Object.fromEntries(
    Object.entries(isJsonObject(headers) ? headers : {}).filter(
      (header): header is [string, string] => typeof header[1] === 'string' && header[0].toLowerCase() !== 'user-agent',
    ),
  );
}

/** Certificates for an Engine behind TLS, where `DOCKER_TLS_VERIFY` or `DOCKER_TLS` ask for it. */
async function readTls({ env }: Io, dockerConfig: string): Promise<EngineTls | undefined> {
  if (!env.DOCKER_TLS_VERIFY && !env.DOCKER_TLS) return undefined;
  const folder = env.DOCKER_CERT_PATH || dockerConfig;
  const read = (name: string): Promise<string | undefined> =>
    readFile(join(folder, name), 'utf8').catch(() => undefined);
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  return { verify: Boolean(env.DOCKER_TLS_VERIFY), ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}
