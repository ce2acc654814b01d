import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { type Hosts, type Outcome, type RunOptions, run } from './run.ts';
import { type PeerServer, startServer } from './server.ts';
import type { Workspace } from './workspace.ts';

export interface NotaryServer extends PeerServer {
  readonly url: string;
}

export interface NotaryServerTls {
  /** PEM texts: chain and key that the server shows, and the authority that its clients trust. */
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Tokens that it is to ask for. */
export interface NotaryServerAuth {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  readonly rootcertbundle: string;
}

/** The real notary-server 0.7 with memory storage and its local trust service, as on the page. */
export async function startNotaryServer(
  workspace: Workspace,
  address: { readonly host: string; readonly port: number },
  tls: NotaryServerTls,
  auth?: NotaryServerAuth,
): Promise<NotaryServer> {
  const [cert, key] = [workspace.at('notary-server.crt'), workspace.at('notary-server.key')];
  await writeFile(cert, tls.cert);
  await writeFile(key, tls.key, { mode: 0o600 });
  const config = workspace.at('notary-server.json');
  const settings = {
    server: { http_addr: `${address.host}:${address.port}`, tls_cert_file: cert, tls_key_file: key },
    trust_service: { type: 'local', hostname: '', port: '', key_algorithm: 'ecdsa' },
    storage: { backend: 'memory' },
    logging: { level: 'info' },
    ...(auth && { auth: { type: 'token', options: auth } }),
  };
  await writeFile(config, JSON.stringify(settings));
  const url = `https://${address.host}:${address.port}`;
  const server = await startServer('notary-server', ['-config', config], {
    logFile: workspace.at('notary-server.log'),
    isReady: () => isHealthy(address.host, address.port, tls.ca),
  });
  return { ...server, url };
}

/** The real `notary` client 0.7. `trustDir` is where it keeps keys and metadata. */
export async function notary(
  workspace: Workspace,
  args: readonly string[],
  { trustDir, caFile, ...options }: RunOptions & { readonly trustDir: string; readonly caFile: string },
): Promise<Outcome> {
  return run('notary', ['--trustDir', trustDir, '--tlscacert', caFile, ...args], {
    ...options,
    env: { HOME: workspace.path, ...options.env },
  });
}

/** Hosts for a client of both page servers, each on an address of its own. */
export function pageHosts(registry: string, notaryServer: string): Hosts {
  return { sandboxregistry: registry, notaryserver: notaryServer };
}

function isHealthy(host: string, port: number, ca: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const asking = request({ host, port, ca, path: '/_notary_server/health', checkServerIdentity: () => undefined });
    asking.on('response', (response) => resolve(response.resume().statusCode === 200)).on('error', reject);
    asking.end();
  });
}
