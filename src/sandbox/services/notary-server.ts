import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Started } from '../../core/index.ts';
import { listen } from '../../http/index.ts';
import {
  createNotaryServer,
  openNotaryDatabase,
  openPolicy,
  openServerKeys,
  parseServerConfig,
  type ServerConfig,
  type TrustService,
} from '../../notary/index.ts';
import { issueServerCertificate } from '../../pki/index.ts';
import { folderAt } from '../inside-path.ts';
import type { RunningService, ServiceContext } from '../service.ts';
import { readConfigFile } from './config-file.ts';
import { listenAddress } from './listen-address.ts';

/** Where the real image keeps its certificates; clients take the authority's from here. */
const FIXTURES = '/var/lib/notary/fixtures';
const PORT = 4443;
const FILES = ['/etc/notary/server-config.json', '/var/lib/notary/fixtures/server-config.json'] as const;

/** A Notary server over TLS, with its database and the secret that seals its keys in its folder, by its file and variables. */
export async function startNotaryService(context: ServiceContext): Promise<RunningService> {
  const { plan, paths, ca, clock, machineClock, log, gate } = context;
  const config = await readConfig(context);
  const fixtures = folderAt(plan, paths, FIXTURES, 'fixtures');
  await mkdir(fixtures, { recursive: true, mode: 0o700 });
  await writeFile(join(fixtures, 'root-ca.crt'), ca.cert);
  await using started = new Started();
  const database = started.add(await openNotaryDatabase(config.database));
  const keys = started.add(await openServerKeys(trustService(config, context), { database, clock, log }));
  const policy = openPolicy(config, { log, clock });
  const server = createNotaryServer({ database, keys, clock, log, ...policy, hasAudit: config.hasAudit });
  const ipAddresses = [...new Set([...context.addresses, '127.0.0.1'])];
  const certificate = issueServerCertificate({ ca, dnsNames: context.ownNames, ipAddresses, clock: machineClock });
  const port = portOf(config);
  const listener = started.add(await listen(server.app, listenAddress(context, port), certificate, { gate }));
  const running = started.keep();
  return {
    servers: [listener.server],
    port: listener.address.kind === 'tcp' ? listener.address.port : port,
    knownPort: port,
    scheme: 'https',
    mounts: [{ source: fixtures, target: FIXTURES, readOnly: false }],
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** The variables of the compose file, as `serve notary` reads them. What has no effect, here or anywhere, is in the log. */
async function readConfig(context: ServiceContext): Promise<ServerConfig> {
  const { plan, paths, log } = context;
  const { environment, name } = plan;
  const defaultDatabase = paths.service(name, 'notary.db');
  const cwd = paths.service(name, '.');
  const file = await readConfigFile(context, FILES);
  const { value, warnings } = parseServerConfig(file, { environment, cwd, defaultDatabase });
  for (const setting of warnings) log.warn('configuration', { setting });
  if (value.tls) log.warn('configuration', { setting: 'the certificate has no effect: the sandbox gives one' });
  return value;
}

function portOf({ address }: ServerConfig): number {
  return address.kind === 'tcp' && address.port !== 0 ? address.port : PORT;
}

/** Keys of its own, sealed by a secret in its folder, or those of a signer: one of the sandbox, by the sandbox's certificate. */
function trustService({ trustService: service }: ServerConfig, { plan, paths, names }: ServiceContext): TrustService {
  if (service.kind === 'local') {
    const secret = { kind: 'key-file', path: paths.service(plan.name, 'keys.secret'), isMade: true } as const;
    return { ...service, secret };
  }
  const found = names.find(service.hostname, service.port);
  if (!found) return service;
  return { ...service, hostname: found.host, port: found.port, tls: { caFile: paths.caCertificate } };
}
