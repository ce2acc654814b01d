import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import type { Clock, Log } from '../../core/index.ts';
import { loadGrpc } from '../keys/remote/grpc.ts';
import { MAX_MESSAGE_BYTES } from '../keys/remote/signer-methods.ts';
import { readTlsFiles, type SignerTlsFiles } from '../keys/remote/tls-files.ts';
import { type CallConnection, gateInterceptor, type SignerGate } from './call-gate.ts';
import { isClientTrusted } from './client-certificate.ts';
import { HealthWatch } from './health-watch.ts';
import type { SignerKeys } from './signer-keys.ts';
import { signerService } from './signer-service.ts';

export interface SignerServerOptions {
  readonly keys: SignerKeys;
  readonly address: { readonly host: string; readonly port: number };
  /** With `caFile` clients must show a certificate from there; without, everybody may sign. */
  readonly tls: SignerTlsFiles;
  readonly clock: Clock;
  readonly log: Log;
  /** What each call has to pass. */
  readonly gate?: SignerGate | undefined;
}

/** A signer that listens. Disposing ends its connections. */
export interface SignerServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** What listens. */
  readonly server: Server;
  /** Certificates anew, for connections from now on. @throws {SignerTlsError} the old ones stay in use */
  reload(): Promise<void>;
  /** Takes no more calls, and waits for those being answered, `timeoutMs` at most. Dispose of it then. */
  drain(timeoutMs: number): Promise<void>;
}

const MAX_CALLS_PER_CONNECTION = 250;
const HANDSHAKE_MS = 20_000;
const SERVER = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_concurrent_streams': MAX_CALLS_PER_CONNECTION,
  'grpc.enable_channelz': 0,
} as const;

/**
 * Serves a signer over gRPC and TLS. We make the TLS connections and hand them to gRPC, for what is asked of client certificates, and so
 * that certificates can change.
 * @throws {SignerTlsError | GrpcMissingError | NodeJS.ErrnoException}
 */
export async function startSignerServer(options: SignerServerOptions): Promise<SignerServer> {
  const { keys, address, tls, clock, log, gate } = options;
  const grpc = await loadGrpc();
  const connections = new Map<string, TLSSocket>();
  const cut = (connection: CallConnection): void => void connections.get(keyOf(connection))?.destroy();
  const rpc = new grpc.Server({ ...SERVER, ...(gate && { interceptors: [gateInterceptor(grpc, gate, cut)] }) });
  const health = new HealthWatch(() => keys.health());
  const { definition, implementation } = signerService({ keys, health, grpc, log });
  rpc.addService(definition, implementation);
  const injector = rpc.createConnectionInjector(grpc.ServerCredentials.createInsecure()); // TLS is done by then
  let context = await readTlsFiles(tls);
  let trusted = certificatesOf(context);
  const server = createServer({
    ...context,
    ALPNProtocols: ['h2'],
    handshakeTimeout: HANDSHAKE_MS,
    requestCert: tls.caFile !== undefined,
    rejectUnauthorized: false, // see isClientTrusted
  });
  server.on('tlsClientError', (error, socket) => {
    log.warn('connection refused', { peer: socket.remoteAddress, reason: error.message });
    socket.destroy();
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => undefined); // gRPC sees it as well
    if (tls.caFile !== undefined && !isClientTrusted(socket, trusted, clock.now())) {
      const reason = socket.authorizationError?.toString() ?? 'no certificate';
      log.warn('client certificate refused', { peer: socket.remoteAddress, reason });
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    connections.set(key, socket);
    socket.once('close', () => connections.delete(key));
    injector.injectConnection(socket);
  });
  server.listen(address.port, address.host);
  await once(server, 'listening');
  return {
    host: address.host,
    port: portOf(server),
    server,
    async reload() {
      context = await readTlsFiles(tls);
      trusted = certificatesOf(context);
      server.setSecureContext(context);
    },
    async drain(timeoutMs) {
      health[Symbol.dispose]();
      const closed = once(server, 'close'); // when the last connection is: gRPC ends each once its calls are answered
      server.close();
      injector.drain(timeoutMs);
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise((resolve) => {
        timer = setTimeout(resolve, timeoutMs);
      });
      await Promise.race([closed, patience]);
      clearTimeout(timer);
    },
    async [Symbol.asyncDispose]() {
      health[Symbol.dispose]();
      server.close();
      injector.destroy();
      rpc.forceShutdown();
    },
  };
}

/** Names a connection by both its ends. */
function keyOf({ localAddress, localPort, remoteAddress, remotePort }: CallConnection): string {
  return `${remoteAddress}:${remotePort} ${localAddress}:${localPort}`;
}

function certificatesOf({ ca }: SecureContextOptions): X509Certificate[] {
  return [ca ?? []].flat().map((pem) => new X509Certificate(pem));
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
