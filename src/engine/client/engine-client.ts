import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import type { EngineAddress } from './address.ts';
import { EngineConnection } from './connection.ts';
import { EngineProtocolError } from './errors.ts';
import { streamObjects } from './stream.ts';

/** What to pull. `tag` may be a digest; empty means all tags. `auth` is the value of `X-Registry-Auth`. */
export interface PullRequest {
  readonly repository: string;
  readonly tag: string;
  readonly platform?: string | undefined;
  readonly auth?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What to push; an empty `tag` means all tags. */
export interface PushRequest {
  readonly repository: string;
  readonly tag: string;
  readonly auth?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * An Engine, ours or a real dockerd (Docker Engine API v1.24 to v1.50). Everything may throw `EngineResponseError`
 * (its message as docker shows it), `EngineUnreachableError` or `EngineProtocolError`.
 */
export interface EngineClient extends Disposable {
  readonly connection: EngineConnection;
  /** Lines of the Engine's stream; an error in it comes as a line, `{error, errorDetail}`. */
  pullImage(request: PullRequest): AsyncIterable<JsonObject>;
  pushImage(request: PushRequest): AsyncIterable<JsonObject>;
  loadImages(archive: AsyncIterable<Uint8Array>, quiet: boolean, signal?: AbortSignal): AsyncIterable<JsonObject>;
  saveImages(names: readonly string[], signal?: AbortSignal): AsyncIterable<Uint8Array>;
  tagImage(source: string, repository: string, tag: string): Promise<void>;
  /** Items `{Untagged}` and `{Deleted}`, in the order they were done. */
  removeImage(name: string, options: { force: boolean; prune: boolean }): Promise<readonly JsonObject[]>;
  listImages(options?: { all?: boolean; filters?: string; digests?: boolean }): Promise<readonly JsonObject[]>;
  listContainers(options?: { all?: boolean }): Promise<readonly JsonObject[]>;
  /** The Engine's own text. */
  inspectImage(name: string): Promise<string>;
  historyOfImage(name: string): Promise<readonly JsonObject[]>;
  /** Tries a login with a registry; the Engine's answer, `{Status, IdentityToken}`. */
  login(auth: Readonly<Record<string, string>>): Promise<JsonObject>;
  version(): Promise<JsonObject>;
  info(): Promise<JsonObject>;
}

const EMPTY_AUTH = 'e30='; // {}
const DEFAULT_USER_AGENT = 'trustsandbox';

export interface EngineClientSettings {
  readonly userAgent?: string;
  /** Added to every request (`HttpHeaders` of docker's config.json). */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Connects when something is asked. */
export function openEngineClient(address: EngineAddress, settings: EngineClientSettings = {}): EngineClient {
  const connection = new EngineConnection(address, settings.userAgent ?? DEFAULT_USER_AGENT, settings.headers);
  return {
    connection,
    async *pullImage({ repository, tag, platform, auth = EMPTY_AUTH, signal }) {
      const query = { fromImage: repository, tag, platform };
      const headers = { 'x-registry-auth': auth };
      yield* streamObjects(await connection.send({ method: 'POST', path: '/images/create', query, headers, signal }));
    },
    async *pushImage({ repository, tag, auth = EMPTY_AUTH, signal }) {
      const path = `/images/${repository}/push`;
      const query = { tag: tag === '' ? undefined : tag };
      const headers = { 'x-registry-auth': auth };
      yield* streamObjects(await connection.send({ method: 'POST', path, query, headers, signal }));
    },
    async *loadImages(archive, quiet, signal) {
      const query = { quiet: quiet ? '1' : '0' };
      const headers = { 'content-type': 'application/x-tar' };
      yield* streamObjects(
        await connection.send({ method: 'POST', path: '/images/load', query, headers, body: archive, signal }),
      );
    },
    async *saveImages(names, signal) {
      yield* await connection.send({ method: 'GET', path: '/images/get', query: { names }, signal });
    },
    async tagImage(source, repository, tag) {
      const query = { repo: repository, tag };
      (await connection.send({ method: 'POST', path: `/images/${source}/tag`, query })).resume();
    },
    async removeImage(name, { force, prune }) {
      const query = { force: force ? '1' : undefined, noprune: prune ? undefined : '1' };
      return objectsOf(await connection.json({ method: 'DELETE', path: `/images/${name}`, query }));
    },
    async listImages({ all = false, filters, digests = false } = {}) {
      const query = { all: all ? '1' : undefined, filters, digests: digests ? '1' : undefined };
      return objectsOf(await connection.json({ method: 'GET', path: '/images/json', query }));
    },
    async listContainers({ all = false } = {}) {
      const query = { all: all ? '1' : undefined };
      return objectsOf(await connection.json({ method: 'GET', path: '/containers/json', query }));
    },
    inspectImage: (name) => connection.text({ method: 'GET', path: `/images/${name}/json` }),
    historyOfImage: async (name) =>
      objectsOf(await connection.json({ method: 'GET', path: `/images/${name}/history` })),
    async login(auth) {
      const body = JSON.stringify(auth);
      const headers = { 'content-type': 'application/json' };
      const reply = await connection.text({ method: 'POST', path: '/auth', headers, body });
      return reply === '' ? {} : objectOf(JSON.parse(reply) as JsonValue); // 204: taken, and nothing to say
    },
    version: async () => objectOf(await connection.json({ method: 'GET', path: '/version' })),
    info: async () => objectOf(await connection.json({ method: 'GET', path: '/info' })),
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  };
}

function objectsOf(value: JsonValue): readonly JsonObject[] {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return items.filter(isJsonObject);
}

function objectOf(value: JsonValue): JsonObject {
  if (!isJsonObject(value)) throw new EngineProtocolError('Engine answered with something that is no object');
  return value;
}
