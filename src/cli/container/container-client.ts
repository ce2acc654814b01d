import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../core/index.ts';
import { type EngineClient, EngineProtocolError, type EngineRequest } from '../../engine/client/index.ts';
import { ExitError } from '../command.ts';

type Query = NonNullable<EngineRequest['query']>;

/** What an Engine does with one container (Docker Engine API v1.50, "Container"). All throw `EngineResponseError`. */
export interface ContainerClient {
  inspect(): Promise<JsonObject>;
  /** `start`, `stop`, `restart`, `kill`, `pause`, `unpause`, `rename`. */
  change(verb: string, query?: Query): Promise<void>;
  remove(query: Query): Promise<void>;
  /** Path of the container, or below it. */
  path(below?: string): string;
}

/** @throws {ExitError} there is no name */
export function containerClient({ connection }: EngineClient, name: string): ContainerClient {
  if (name.trim() === '') throw new ExitError(1, 'invalid container name or ID: value is empty');
  const path = (below = ''): string => `/containers/${name}${below}`;
  return {
    path,
    inspect: async () => objectOf(await connection.json({ method: 'GET', path: path('/json') })),
    async change(verb, query = {}) {
      (await connection.send({ method: 'POST', path: path(`/${verb}`), query })).resume();
    },
    async remove(query) {
      (await connection.send({ method: 'DELETE', path: path(), query })).resume();
    },
  };
}

/** A POST whose body and answer are JSON. */
export async function postJson(
  { connection }: EngineClient,
  path: string,
  value: JsonValue,
  query: Query = {},
): Promise<JsonObject> {
  const headers = { 'content-type': 'application/json' };
  const text = await connection.text({ method: 'POST', path, headers, query, body: JSON.stringify(value) });
  return text.trim() === '' ? {} : objectOf(parseJson(text));
}

export function objectOf(value: JsonValue | undefined): JsonObject {
  if (!isJsonObject(value)) throw new EngineProtocolError('Engine answered with something that is no object');
  return value;
}

/** Whether a container has a terminal of its own, by its inspection. */
export function hasTerminal({ Config: config }: JsonObject): boolean {
  return isJsonObject(config) && config.Tty === true;
}
