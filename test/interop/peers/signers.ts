import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect } from 'node:net';
import {
  createPemFolder,
  type Issued,
  issue,
  type PemFolder,
  type TlsPaths,
} from '../../notary/signer/certificates.ts';
import { freePort } from './free-port.ts';
import { notary } from './notary-server.ts';
import { startOurServer } from './our-program.ts';
import type { Outcome } from './run.ts';
import { type PeerServer, startServer } from './server.ts';
import type { Workspace } from './workspace.ts';

/** Debian's programs, or ours in their place. */
export type Maker = 'theirs' | 'ours';

/** Certificates of server and signer, of one authority, on 127.0.0.1. */
export interface Pair extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly pems: PemFolder;
  readonly ca: Issued;
  readonly serverTls: TlsPaths;
  readonly signerTls: TlsPaths;
}

export async function openPair(workspace: Workspace): Promise<Pair> {
  const pems = await createPemFolder();
  const ca = issue('interop CA', { isCa: true });
  return {
    workspace,
    pems,
    ca,
    serverTls: await pems.write(issue('notary-server', { by: ca }), [ca]),
    signerTls: await pems.write(issue('notary-signer', { by: ca }), [ca]),
    [Symbol.asyncDispose]: () => pems[Symbol.asyncDispose](),
  };
}

export interface RunningSigner extends PeerServer {
  readonly port: number;
  readonly config: string;
}

export interface SignerOptions {
  readonly storage?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
}

/** notary-signer, or ours, by the same configuration file. */
export async function startSigner(
  { workspace, signerTls }: Pair,
  maker: Maker,
  { storage = { backend: 'memory' }, env = {}, port: wanted }: SignerOptions = {},
): Promise<RunningSigner> {
  const port = wanted ?? (await freePort());
  const config = workspace.at(`signer-${maker}-${port}.json`);
  const settings = {
    server: {
      grpc_addr: `127.0.0.1:${port}`,
      tls_cert_file: signerTls.certFile,
      tls_key_file: signerTls.keyFile,
      client_ca_file: signerTls.caFile,
    },
    storage,
    logging: { level: 'info' },
  };
  await writeFile(config, JSON.stringify(settings));
  const isReady = () => accepts(port);
  const server =
    maker === 'ours'
      ? await startOurServer(workspace, 'signer', config, { env, isReady })
      : await startServer('notary-signer', ['-config', config], {
          logFile: `${config}.log`,
          env: { HOME: workspace.path, ...env },
          isReady,
        });
  return { ...server, port, config };
}

export interface RunningServer extends PeerServer {
  readonly url: string;
  /** The real notary client, in a home of the given name. */
  notary(home: string, line: string): Promise<Outcome>;
  ask(method: 'GET' | 'POST', path: string): Promise<{ readonly status: number; readonly body: string }>;
}

export interface ServerOptions {
  readonly storage?: Readonly<Record<string, string>>;
  readonly tls?: TlsPaths;
  readonly algorithm?: 'ecdsa' | 'ed25519';
}

const PASSPHRASES = Object.fromEntries(
  ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, 'interop-passphrase']),
);

/** notary-server, or ours, by the same configuration file, with a remote signer on `signerPort`. */
export async function startServerOf(
  { workspace, serverTls }: Pair,
  maker: Maker,
  signerPort: number,
  { storage = { backend: 'memory' }, tls = serverTls, algorithm = 'ecdsa' }: ServerOptions = {},
): Promise<RunningServer> {
  const port = await freePort();
  const config = workspace.at(`server-${maker}-${port}.json`);
  const settings = {
    server: { http_addr: `127.0.0.1:${port}`, tls_cert_file: serverTls.certFile, tls_key_file: serverTls.keyFile },
    trust_service: {
      type: 'remote',
      hostname: '127.0.0.1',
      port: String(signerPort),
      key_algorithm: algorithm,
      tls_ca_file: tls.caFile,
      tls_client_cert: tls.certFile,
      tls_client_key: tls.keyFile,
    },
    storage,
    logging: { level: 'info' },
  };
  await writeFile(config, JSON.stringify(settings));
  const isReady = () => accepts(port);
  const server =
    maker === 'ours'
      ? await startOurServer(workspace, 'notary', config, { isReady })
      : await startServer('notary-server', ['-config', config], {
          logFile: `${config}.log`,
          env: { HOME: workspace.path },
          isReady,
        });
  const url = `https://127.0.0.1:${port}`;
  return {
    ...server,
    url,
    notary: (home, line) =>
      notary(workspace, ['-s', url, ...line.split(' ')], {
        trustDir: workspace.at(home),
        caFile: serverTls.caFile ?? '',
        cwd: workspace.path,
        env: PASSPHRASES,
      }),
    ask: (method, path) => ask(method, port, path),
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function ask(method: string, port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, rejectUnauthorized: false }, async (response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, body });
    });
    sent.on('error', reject).end();
  });
}
