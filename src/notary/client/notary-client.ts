import { randomBytes } from 'node:crypto';
import { isJsonObject, JsonMalformedError, type JsonObject, parseJson } from '../../core/index.ts';
import { type Gun, type PublicKey, parsePublicKey, type RoleName } from '../../tuf/index.ts';
import { Connection, type ConnectionOptions, type HttpRequest, type HttpResponse } from './connection.ts';
import { RemoteMalformedError, RemoteNotFoundError, RemoteRejectedError, RemoteUnavailableError } from './errors.ts';

/** What a request wants to be allowed to do, for a token server. */
export interface RemoteAccess {
  readonly gun: Gun;
  readonly actions: readonly ('pull' | 'push' | '*')[];
}

export interface NotaryClientOptions extends ConnectionOptions {
  /** Value of the `Authorization` header, or what finds it out for each request. */
  readonly authorization?: string | ((access: RemoteAccess) => Promise<string | undefined>);
}

/** Which file of a role: the current one, or one by its hash or version. */
export interface MetadataQuery {
  /** Lower-case hex. */
  readonly sha256?: string | undefined;
  readonly version?: number | undefined;
  /** More than so many bytes are refused. 1 MiB for a timestamp, 100 MiB for others, when absent. */
  readonly maxBytes?: number | undefined;
  /** Ends the request: an answer that takes longer counts as none. */
  readonly signal?: AbortSignal | undefined;
}

/** How a server answered `GET /v2/`. */
export interface PingAnswer {
  readonly status: number;
  /** The `WWW-Authenticate` header, when it wants a token. */
  readonly challenge: string | undefined;
}

/** Keys a trust server holds for a collection. */
export type RemoteKeyRole = 'snapshot' | 'timestamp';

const MAX_TIMESTAMP_BYTES = 1024 * 1024;
const MAX_METADATA_BYTES = 100 * 1024 * 1024;
const MAX_KEY_BYTES = 256 * 1024;
/** Longer explanations are not read, as real clients do not. */
const MAX_ERROR_BYTES = 1024;
const PING_TIMEOUT_MS = 5000;

/** A Notary v1 server seen from outside (`docs/wire/notary-v1.md`). Verifies nothing: that is for `tuf`. */
export class NotaryClient implements Disposable {
  readonly #connection: Connection;
  readonly #authorization: NotaryClientOptions['authorization'];

  /** @throws {TypeError} the URL is none */
  constructor(options: NotaryClientOptions) {
    this.#connection = new Connection(options);
    this.#authorization = options.authorization;
  }

  /** Host and port, as messages name the server. */
  get host(): string {
    return this.#connection.host;
  }

  /** Any answer is one; it must come within 5 s. @throws {NetworkError} */
  async ping(): Promise<PingAnswer> {
    const request = { method: 'GET', path: '/v2/', maxBytes: MAX_KEY_BYTES, timeoutMs: PING_TIMEOUT_MS } as const;
    const { status, headers } = await this.#connection.exchange(request);
    return { status, challenge: headers['www-authenticate'] };
  }

  /** The bytes as stored. @throws {NotaryClientError} */
  async getMetadata(
    gun: Gun,
    role: RoleName,
    { sha256, version, maxBytes, signal }: MetadataQuery = {},
  ): Promise<Buffer> {
    const limit = maxBytes ?? (role === 'timestamp' ? MAX_TIMESTAMP_BYTES : MAX_METADATA_BYTES);
    const name = sha256 !== undefined ? `${role}.${sha256}` : version !== undefined ? `${version}.${role}` : role;
    const { body } = await this.#exchange(gun, ['pull'], name, {
      method: 'GET',
      file: `${name}.json`,
      maxBytes: limit,
      ...(signal && { signal }),
    });
    return body;
  }

  /** The public key that the server signs with, or will. @throws {NotaryClientError} */
  getKey(gun: Gun, role: RemoteKeyRole): Promise<PublicKey> {
    return this.#key(gun, role, 'GET', ['push', 'pull']);
  }

  /** A new key of the server's, which counts once a root lists it. @throws {NotaryClientError} */
  rotateKey(gun: Gun, role: RemoteKeyRole): Promise<PublicKey> {
    return this.#key(gun, role, 'POST', ['*']);
  }

  /** Sends all files in one request: all are taken, or none. @throws {NotaryClientError} */
  async publish(gun: Gun, files: ReadonlyMap<RoleName, Uint8Array>): Promise<void> {
    const boundary = randomBytes(30).toString('hex');
    await this.#exchange(gun, ['push', 'pull'], 'POST metadata endpoint', {
      method: 'POST',
      file: '',
      maxBytes: MAX_KEY_BYTES,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: formatMultipart(files, boundary),
    });
  }

  /** Removes everything published under `gun`. No error when there was nothing. @throws {NotaryClientError} */
  async deleteCollection(gun: Gun): Promise<void> {
    const request = { method: 'DELETE', file: '', maxBytes: MAX_KEY_BYTES } as const;
    await this.#exchange(gun, ['*'], 'DELETE metadata for GUN endpoint', request);
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  async #key(
    gun: Gun,
    role: RemoteKeyRole,
    method: 'GET' | 'POST',
    actions: RemoteAccess['actions'],
  ): Promise<PublicKey> {
    const request = { method, file: `${role}.key`, maxBytes: MAX_KEY_BYTES };
    const { body } = await this.#exchange(gun, actions, `${role} key`, request);
    try {
      return parsePublicKey(parseJson(body));
    } catch (cause) {
      throw new RemoteMalformedError({ cause });
    }
  }

  /** `resource` is what a 404 says is missing. */
  async #exchange(
    gun: Gun,
    actions: RemoteAccess['actions'],
    resource: string,
    { file, ...request }: Omit<HttpRequest, 'path'> & { readonly file: string },
  ): Promise<HttpResponse> {
    const authorization = await this.#authorize({ gun, actions });
    const headers = { ...request.headers, ...(authorization === undefined ? {} : { authorization }) };
    const path = `/v2/${encodePath(gun)}/_trust/tuf/${encodePath(file)}`;
    const response = await this.#connection.exchange({ ...request, path, headers });
    if (response.status === 200) return response;
    if (response.status === 404) throw new RemoteNotFoundError(resource);
    throw response.status === 400 ? readRejection(response.body) : new RemoteUnavailableError(response.status);
  }

  async #authorize(access: RemoteAccess): Promise<string | undefined> {
    const authorization = this.#authorization;
    return typeof authorization === 'function' ? authorization(access) : authorization;
  }
}

/** Connects when first asked for something. @throws {TypeError} the URL is none */
export function openNotaryClient(options: NotaryClientOptions): NotaryClient {
  return new NotaryClient(options);
}

/** As Go's encoder writes it: part by part, and for no file at all the closing line alone. */
function formatMultipart(files: ReadonlyMap<RoleName, Uint8Array>, boundary: string): Buffer {
  const parts = [...files].flatMap(([role, bytes], index) => [
    Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\n` +
        `Content-Disposition: form-data; name="files"; filename="${role}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    ),
    bytes,
  ]);
  return Buffer.concat([...parts, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

/** Slashes and colons stay: names are made of them. */
function encodePath(text: string): string {
  return encodeURIComponent(text).replace(/%(2F|3A|40)/g, decodeURIComponent);
}

/** What a 400 says; nothing when it is too long or not in the server's form. */
function readRejection(body: Buffer): RemoteRejectedError {
  if (body.length > MAX_ERROR_BYTES) return new RemoteRejectedError();
  try {
    const { errors } = parseJson(body) as JsonObject;
    const [first, ...more] = Array.isArray(errors) ? errors : [];
    if (!isJsonObject(first) || more.length > 0) return new RemoteRejectedError();
    const wireCode = typeof first.code === 'string' ? first.code : undefined;
    return new RemoteRejectedError(wireCode, readRefusal(first.detail));
  } catch (thrown) {
    if (thrown instanceof JsonMalformedError || thrown instanceof TypeError) return new RemoteRejectedError();
    throw thrown;
  }
}

function readRefusal(detail: JsonObject[string] | undefined): { name: string; message: string } | undefined {
  if (!isJsonObject(detail) || !isJsonObject(detail.Error)) return undefined;
  const { Name: name, Error: error } = detail;
  return typeof name === 'string' && typeof error.Msg === 'string' ? { name, message: error.Msg } : undefined;
}
