import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { ourProgram, startOurServer } from './our-program.ts';
import type { Hosts } from './run.ts';
import type { PeerServer } from './server.ts';
import type { Workspace } from './workspace.ts';

export interface TokenServer extends PeerServer {
  /** Where clients are sent. */
  readonly realm: string;
  /** Certificate of its key, for `rootcertbundle`. */
  readonly bundle: string;
}

export interface TokenServerOptions {
  readonly address: { readonly host: string; readonly port: number };
  readonly algorithm?: 'ES256' | 'RS256';
  /** PEM; plain HTTP without. `name` is what clients know the server by. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly name?: string;
  /** Registries whose names are left out of grants. */
  readonly registries?: readonly string[];
  readonly hosts?: Hosts;
}

export const ISSUER = 'our-issuer';
export const REGISTRY_SERVICE = 'our-registry';
export const NOTARY_SERVICE = 'our-notary';

/** Our server of tokens with one file of users, alice and bob, made by our own command. */
export async function startTokenServer(workspace: Workspace, options: TokenServerOptions): Promise<TokenServer> {
  const { address, algorithm = 'ES256', tls, name = address.host, registries = [] } = options;
  await mkdir(workspace.at('tokens'), { recursive: true });
  const at = (file: string): string => workspace.at('tokens', file);
  for (const user of ['alice', 'bob']) {
    const args = ['registry', 'passwd', '--cost', '5', at('htpasswd'), user];
    const { status, stderr } = await ourProgram(workspace, args, { input: `${user}-secret` });
    if (status !== 0) throw new Error(`passwd: ${stderr}`);
  }
  if (tls) {
    await writeFile(at('server.crt'), tls.cert);
    await writeFile(at('server.key'), tls.key, { mode: 0o600 });
  }
  const config = at(`tokens-${address.port}.yml`);
  await writeFile(
    config,
    `
issuer: ${ISSUER}
services: [${REGISTRY_SERVICE}, ${NOTARY_SERVICE}]
hosts: [${registries.map((registry) => JSON.stringify(registry)).join(', ')}]
users: ${at('htpasswd')}
keys: ${at(`keys-${algorithm}`)}
algorithm: ${algorithm}
http:
  addr: ${address.host}:${address.port}
${tls ? `  tls: {certificate: ${at('server.crt')}, key: ${at('server.key')}}` : ''}
grants:
  - {user: alice, repository: "team/**", actions: [pull, push]}
  - {user: bob, repository: "team/**", actions: [pull]}
  - {user: "*", repository: "home/{user}/*", actions: ["*"]}
  - {user: alice, repository: "public/*", actions: [push]}
  - {user: anonymous, repository: "public/*", actions: [pull]}
  - {user: alice, registry: catalog, actions: ["*"]}
`,
  );
  const server = await startOurServer(workspace, 'tokens', config, {
    ...(options.hosts ? { hosts: options.hosts } : {}),
    isReady: async () => (await readFile(`${config}.log`, 'utf8')).includes('"listening"'),
  });
  const scheme = tls ? 'https' : 'http';
  return { ...server, realm: `${scheme}://${name}:${address.port}/token`, bundle: at(`keys-${algorithm}/signing.crt`) };
}

/** `auth` for a registry's configuration, ours or docker-registry's. */
export function tokenAuth({ realm, bundle }: TokenServer): string {
  return `auth: {token: {realm: "${realm}", service: ${REGISTRY_SERVICE}, issuer: ${ISSUER}, rootcertbundle: ${bundle}}}`;
}
