import { request } from 'node:http';
import { connect } from 'node:net';
import { type Digest, digestOf, type Log, MEDIA_TYPES } from '../../src/core/index.ts';
import { type Listener, listen } from '../../src/http/index.ts';
import { createRegistry, type Registry, type RegistryOptions } from '../../src/registry/index.ts';
import { createMemoryDriver, type StorageDriver } from '../../src/storage/index.ts';
import { openGivenS3 } from '../interop/peers/given-s3.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The body ended before its Content-Length. */
  readonly isCut: boolean;
  /** First error code of a JSON body. */
  readonly code: string | undefined;
}

export interface AskOptions {
  readonly headers?: Record<string, string>;
  /** Several chunks go chunked, one with its Content-Length. */
  readonly body?: string | Uint8Array | readonly Uint8Array[];
}

/** A registry on a free port, and a client that does nothing by itself. */
export interface RunningRegistry extends AsyncDisposable {
  readonly registry: Registry;
  readonly driver: StorageDriver;
  readonly listener: Listener;
  readonly port: number;
  readonly warnings: readonly string[];
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** Writes raw bytes to a connection and answers all that comes back until it closes. */
  raw(bytes: string): Promise<string>;
  pushBlob(name: string, bytes: Uint8Array): Promise<Digest>;
}

/** Over memory unless told otherwise, or over the S3 that the environment names. */
export async function runRegistry(options: Partial<RegistryOptions> = {}): Promise<RunningRegistry> {
  const warnings: string[] = [];
  const keep = (event: string): void => void warnings.push(event);
  const log: Log = { debug: () => undefined, info: () => undefined, warn: keep, error: keep };
  const driver = options.driver ?? (await openGivenS3()) ?? createMemoryDriver();
  const registry = createRegistry({ log, ...options, driver });
  const listener = await listen(registry.app, { kind: 'tcp', host: '127.0.0.1', port: 0 });
  const port = listener.address.kind === 'tcp' ? listener.address.port : 0;
  const ask = (method: string, path: string, asked: AskOptions = {}): Promise<Answer> =>
    askPort(port, method, path, asked);
  return {
    registry,
    driver,
    listener,
    port,
    warnings,
    ask,
    raw: (bytes) => sendRaw(port, bytes),
    async pushBlob(name, bytes) {
      const digest = digestOf(bytes);
      const { status } = await ask('POST', `/v2/${name}/blobs/uploads/?digest=${digest}`, { body: bytes });
      if (status !== 201) throw new Error(`push of a blob answered ${status}`);
      return digest;
    },
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

/** Text of a manifest of this config and these layers. */
export function imageManifest(config: Digest, layers: readonly Digest[], more: object = {}): string {
  const descriptor = (mediaType: string, digest: Digest) => ({ mediaType, size: 5, digest });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: descriptor(MEDIA_TYPES.ociConfig, config),
    layers: layers.map((layer) => descriptor(MEDIA_TYPES.ociLayerGzip, layer)),
    ...more,
  });
}

/** Sends one request over a connection of its own. */
export function askPort(
  port: number,
  method: string,
  path: string,
  { headers, body }: AskOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: '127.0.0.1', port, method, path, headers: headers ?? {}, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        const settle = (isCut: boolean): void => {
          const whole = Buffer.concat(chunks);
          const code = /"errors":\[\{"code":"(\w+)"/.exec(String(whole))?.[1];
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            body: whole,
            isCut,
            code,
          });
        };
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => settle(false)).on('error', () => settle(true));
      },
    );
    asking.on('error', reject);
    if (Array.isArray(body)) for (const chunk of body) asking.write(chunk);
    asking.end(Array.isArray(body) ? undefined : body);
  });
}

function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined).on('close', () => resolve(String(Buffer.concat(chunks))));
  });
}
