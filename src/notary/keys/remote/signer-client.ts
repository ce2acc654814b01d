import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import type { Client, ServiceError } from '@grpc/grpc-js';
import { TrustSandboxError } from '../../../core/index.ts';
import type { KeyAlgorithm } from '../key-algorithm.ts';
import { type Grpc, loadGrpc } from './grpc.ts';
import { type KeyAndRole, type KeyDescription, SERVING, type SignatureResponse } from './signer-messages.ts';
import { HEALTH_SERVICES, MAX_MESSAGE_BYTES, METHODS, type Method } from './signer-methods.ts';
import { readTlsFiles, type SignerTlsFiles } from './tls-files.ts';

/** Where a signer is, and how it is spoken to. */
export interface RemoteSignerOptions {
  readonly hostname: string;
  readonly port: number;
  readonly tls: SignerTlsFiles;
  /** How long a call may take. */
  readonly timeoutMs?: number;
}

/** The signer cannot be reached, or says no. The message is worded as Go's gRPC words it. */
export class SignerCallError extends TrustSandboxError {
  readonly code = 'NOTARY_SIGNER';
  /** gRPC's code, in Go's spelling: `Unavailable`. */
  readonly status: string;
  constructor(status: string, details: string, options?: ErrorOptions) {
    super(`rpc error: code = ${status} desc = ${details}`, options);
    this.status = status;
  }
}

const TIMEOUT_MS = 10_000; // the original's, for health
const NOT_FOUND = 'NotFound';
/** What a signer is called in the handshake when it has an address alone; its certificate is for the address. */
const ADDRESS_NAME = 'notary-signer';
/** A signer that was away is found again within a second. */
const CHANNEL = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.service_config_disable_resolution': 1,
} as const;

/** A signer that is elsewhere, over gRPC and TLS. Connects when first asked, and again when it has to. */
export class SignerClient implements Disposable {
  readonly #options: RemoteSignerOptions;
  readonly #grpc: Grpc;
  #openChannel: OpenChannel;
  #channel: Client;

  private constructor(options: RemoteSignerOptions, grpc: Grpc, openChannel: OpenChannel) {
    this.#options = options;
    this.#grpc = grpc;
    this.#openChannel = openChannel;
    this.#channel = openChannel();
  }

  /** Does not wait for a connection. @throws {SignerTlsError | GrpcMissingError} */
  static async open(options: RemoteSignerOptions): Promise<SignerClient> {
    const grpc = await loadGrpc();
    return new SignerClient(options, grpc, await channelOpener(grpc, options));
  }

  createKey(algorithm: KeyAlgorithm, gun: string, role: string): Promise<KeyDescription> {
    return this.#call(METHODS.createKey, { algorithm, gun, role });
  }

  /** `undefined` when the signer has no such key. */
  async findKey(keyid: string): Promise<KeyAndRole | undefined> {
    try {
      return await this.#call(METHODS.getKeyInfo, keyid);
    } catch (thrown) {
      if (thrown instanceof SignerCallError && thrown.status === NOT_FOUND) return undefined;
      throw thrown;
    }
  }

  sign(keyid: string, content: Uint8Array): Promise<SignatureResponse> {
    return this.#call(METHODS.sign, { keyid, content: Buffer.from(content) });
  }

  async deleteKey(keyid: string): Promise<void> {
    await this.#call(METHODS.deleteKey, keyid);
  }

  /** Resolves when the signer makes keys and signs. @throws {SignerCallError} */
  async health(): Promise<void> {
    for (const service of HEALTH_SERVICES) {
      const status = await this.#call(METHODS.checkHealth, service);
      if (status !== SERVING) throw new SignerCallError('Unavailable', `${service} is not serving`);
    }
  }

  /** Reads the certificates anew, for calls from now on. @throws {SignerTlsError} the old ones stay */
  async reload(): Promise<void> {
    this.#openChannel = await channelOpener(this.#grpc, this.#options);
    this.#connectAnew(this.#channel);
  }

  [Symbol.dispose](): void {
    this.#channel.close();
  }

  /** Calls that were begun are answered over the old connection. */
  #connectAnew(old: Client): void {
    if (this.#channel !== old) return; // somebody has
    this.#channel = this.#openChannel();
    old.close();
  }

  #call<Request, Response>(method: Method<Request, Response>, request: Request): Promise<Response> {
    const { path, requestSerialize, responseDeserialize } = method;
    const options = { deadline: Date.now() + (this.#options.timeoutMs ?? TIMEOUT_MS) };
    const channel = this.#channel;
    return new Promise((resolve, reject) => {
      channel.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, options, (error, value) => {
        // A connection over which nothing comes may be to a machine that is gone: TCP would take many minutes to say so.
        if (error?.code === this.#grpc.status.DEADLINE_EXCEEDED) this.#connectAnew(channel);
        if (error) reject(this.#errorOf(error));
        else resolve(value as Response);
      });
    });
  }

  #errorOf(error: ServiceError): SignerCallError {
    const name = this.#grpc.status[error.code] ?? 'UNKNOWN';
    const status = name.toLowerCase().replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
    return new SignerCallError(status, error.details, { cause: error });
  }
}

type OpenChannel = () => Client;

/** What makes connections to a signer, with the certificates that there are now. @throws {SignerTlsError} */
async function channelOpener(grpc: Grpc, { hostname, port, tls }: RemoteSignerOptions): Promise<OpenChannel> {
  const context = createSecureContext(await readTlsFiles(tls));
  const host = isIP(hostname) === 6 ? `[${hostname}]` : hostname;
  const credentials = grpc.credentials.createFromSecureContext(context, {
    checkServerIdentity: (_, certificate) => checkServerIdentity(hostname, certificate),
  });
  // RFC 6066 §3: an address is no server name, and gRPC would send it as one.
  const named = isIP(hostname) === 0 ? {} : { 'grpc.ssl_target_name_override': ADDRESS_NAME };
  return () => new grpc.Client(`dns:${host}:${port}`, credentials, { ...CHANNEL, ...named });
}
