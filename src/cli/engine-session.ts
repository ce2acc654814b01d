import { isJsonObject, type JsonObject, packageVersion } from '../core/index.ts';
import { type EngineClient, openEngineClient } from '../engine/client/index.ts';
import { type DockerConfig, memberOf, readDockerConfig } from './docker-config.ts';
import { findEndpoint } from './engine-endpoint.ts';
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
  const { DOCKER_API_VERSION: apiVersion } = io.env;
  using engine = openEngineClient(await findEndpoint(io, surroundings), {
    userAgent: `trustsandbox/${packageVersion} (${process.platform})`,
    headers: extraHeaders(config.value),
    ...(apiVersion && { apiVersion: apiVersion.replace(/^v/, '') }),
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
