import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import type { EngineAddress } from './address.ts';
import { EngineConnection } from './connection.ts';
import { EngineProtocolError, EngineResponseError } from './errors.ts';
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
  readonly platform?: string | undefined;
  readonly auth?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** `os[/arch[/variant]]`: the platform an image must be for. Needs an Engine that knows of it. */
export interface PlatformOption {
  readonly platform?: string | undefined;
}

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

interface RemoveOptions {
  readonly force: boolean;
  readonly prune: boolean;
  readonly platforms?: readonly string[];
}

/** What to import an image from: a URL, or `-` for the archive that goes with the request. */
export interface ImportRequest extends PlatformOption, SignalOption {
  readonly fromSrc: string;
  readonly repository: string;
  readonly tag: string;
  readonly changes: readonly string[];
  readonly message?: string | undefined;
}

interface ListImagesOptions {
  readonly all?: boolean;
  readonly filters?: string;
  readonly manifests?: boolean;
}

interface ListContainersOptions {
  readonly all?: boolean;
  /** The newest so many, whatever their state. */
  readonly limit?: number;
  readonly size?: boolean;
  readonly filters?: string;
}

/**
 * An Engine, ours or a real dockerd (Docker Engine API v1.24 to v1.50). Everything may throw `EngineResponseError`
 * (its message as docker shows it), `EngineUnreachableError` or `EngineProtocolError`.
 */
export interface EngineClient extends Disposable {
  readonly connection: EngineConnection;
  /** @throws {EngineProtocolError} the Engine is too old for what `--flag` asks */
  requireVersion(flag: string, minMinor: number): Promise<void>;
  /** Lines of the Engine's stream; an error in it comes as a line, `{error, errorDetail}`. */
  pullImage(request: PullRequest): AsyncIterable<JsonObject>;
  pushImage(request: PushRequest): AsyncIterable<JsonObject>;
  loadImages(
    archive: AsyncIterable<Uint8Array>,
    options: { quiet: boolean } & PlatformOption & SignalOption,
  ): AsyncIterable<JsonObject>;
  importImage(request: ImportRequest, archive?: AsyncIterable<Uint8Array>): AsyncIterable<JsonObject>;
  saveImages(names: readonly string[], options?: PlatformOption & SignalOption): AsyncIterable<Uint8Array>;
  tagImage(source: string, repository: string, tag: string): Promise<void>;
  /** Items `{Untagged}` and `{Deleted}`, in the order they were done. */
  removeImage(name: string, options: RemoveOptions): Promise<readonly JsonObject[]>;
  /** With `manifests` the Engine has to speak API 1.47. */
  listImages(options?: ListImagesOptions): Promise<readonly JsonObject[]>;
  listContainers(options?: ListContainersOptions): Promise<readonly JsonObject[]>;
  /** The Engine's own text. */
  inspectImage(name: string, options?: PlatformOption): Promise<string>;
  /** What a registry has under a name, asked by the Engine: the answer's `Descriptor` has the manifest's `size`. */
  inspectDistribution(name: string, options?: { auth?: string | undefined } & SignalOption): Promise<JsonObject>;
  historyOfImage(name: string, options?: PlatformOption): Promise<readonly JsonObject[]>;
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
  /** Spoken without asking the Engine which it knows, `1.41` (`DOCKER_API_VERSION`). */
  readonly apiVersion?: string;
}

/** Connects when something is asked. */
export function openEngineClient(address: EngineAddress, settings: EngineClientSettings = {}): EngineClient {
  const connection = new EngineConnection(address, { userAgent: DEFAULT_USER_AGENT, ...settings });
  return {
    connection,
    requireVersion: (flag, minMinor) => requireVersion(connection, flag, minMinor),
    async *pullImage({ repository, tag, platform, auth = EMPTY_AUTH, signal }) {
      const query = { fromImage: repository, tag, platform };
      const headers = { 'x-registry-auth': auth };
      yield* streamObjects(await connection.send({ method: 'POST', path: '/images/create', query, headers, signal }));
    },
    async *pushImage({ repository, tag, platform, auth = EMPTY_AUTH, signal }) {
      const path = `/images/${repository}/push`;
      const query = { tag: tag === '' ? undefined : tag, platform: await platformQuery(connection, platform, 46) };
      const headers = { 'x-registry-auth': auth };
      yield* streamObjects(await connection.send({ method: 'POST', path, query, headers, signal }));
    },
    async *loadImages(archive, { quiet, platform, signal }) {
      const query = { quiet: quiet ? '1' : '0', platform: await platformQuery(connection, platform, 48) };
      const headers = { 'content-type': 'application/x-tar' };
      yield* streamObjects(
        await connection.send({ method: 'POST', path: '/images/load', query, headers, body: archive, signal }),
      );
    },
    async *importImage({ fromSrc, repository, tag, changes, message, platform, signal }, archive) {
      const query = {
        fromSrc,
        repo: repository || undefined,
        tag: tag || undefined,
        changes,
        message,
        platform: platform?.toLowerCase(),
      };
      const body = { headers: { 'content-type': 'application/x-tar' }, ...(archive && { body: archive }) };
      yield* streamObjects(await connection.send({ method: 'POST', path: '/images/create', query, signal, ...body }));
    },
    async *saveImages(names, { platform, signal } = {}) {
      const query = { names, platform: await platformQuery(connection, platform, 48) };
      yield* await connection.send({ method: 'GET', path: '/images/get', query, signal });
    },
    async tagImage(source, repository, tag) {
      const query = { repo: repository, tag };
      (await connection.send({ method: 'POST', path: `/images/${source}/tag`, query })).resume();
    },
    async removeImage(name, { force, prune, platforms = [] }) {
      const wanted = await Promise.all(platforms.map((platform) => platformQuery(connection, platform, 50)));
      const query = {
        force: force ? '1' : undefined,
        noprune: prune ? undefined : '1',
        platforms: wanted.filter((platform) => platform !== undefined),
      };
      return objectsOf(await connection.json({ method: 'DELETE', path: imagePath(name), query }));
    },
    async listImages({ all = false, filters, manifests = false } = {}) {
      const query = { all: all ? '1' : undefined, filters, manifests: manifests ? '1' : undefined };
      return objectsOf(await connection.json({ method: 'GET', path: '/images/json', query }));
    },
    async listContainers({ all = false, limit, size = false, filters } = {}) {
      const query = {
        all: all ? '1' : undefined,
        limit: limit === undefined ? undefined : String(limit),
        size: size ? '1' : undefined,
        filters,
      };
      return objectsOf(await connection.json({ method: 'GET', path: '/containers/json', query }));
    },
    async inspectImage(name, { platform } = {}) {
      const query = { platform: await platformQuery(connection, platform, 49) };
      return connection.text({ method: 'GET', path: imagePath(name, '/json'), query });
    },
    async inspectDistribution(name, { auth = EMPTY_AUTH, signal } = {}) {
      const headers = { 'x-registry-auth': auth };
      return objectOf(await connection.json({ method: 'GET', path: `/distribution/${name}/json`, headers, signal }));
    },
    async historyOfImage(name, { platform } = {}) {
      const query = { platform: await platformQuery(connection, platform, 48) };
      return objectsOf(await connection.json({ method: 'GET', path: imagePath(name, '/history'), query }));
    },
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

/** @throws {EngineResponseError} there is no name: what Engines say to that, without asking for the list of all images */
function imagePath(name: string, below = ''): string {
  if (name === '') throw new EngineResponseError(404, 'page not found');
  return `/images/${name}${below}`;
}

async function requireVersion(connection: EngineConnection, flag: string, minMinor: number): Promise<void> {
  const version = await connection.apiVersion();
  if (Number(version.split('.')[1]) >= minMinor) return;
  throw new EngineProtocolError(
    `"--${flag}" requires API version 1.${minMinor}, but the Docker daemon API version is ${version}`,
  );
}

/** A platform as the Engine takes it, in JSON. @throws {EngineProtocolError} the Engine is too old for it */
async function platformQuery(
  connection: EngineConnection,
  platform: string | undefined,
  minMinor: number,
): Promise<string | undefined> {
  if (!platform) return undefined;
  await requireVersion(connection, 'platform', minMinor);
  const [os, architecture = process.arch === 'x64' ? 'amd64' : process.arch, variant] = platform
    .toLowerCase()
    .split('/');
  return JSON.stringify({ os, architecture, ...(variant !== undefined && { variant }) });
}

function objectsOf(value: JsonValue): readonly JsonObject[] {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return items.filter(isJsonObject);
}

function objectOf(value: JsonValue): JsonObject {
  if (!isJsonObject(value)) throw new EngineProtocolError('Engine answered with something that is no object');
  return value;
}
