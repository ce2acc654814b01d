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
} from '../../notary/index.ts';
import { issueServerCertificate } from '../../pki/index.ts';
import { folderAt, type RunningService, type ServiceContext } from '../service.ts';
import { listenAddress } from './listen-address.ts';

/** Where the real image keeps its certificates; clients take the authority's from here. */
const FIXTURES = '/var/lib/notary/fixtures';
const PORT = 4443;

/** A Notary server over TLS, with its database and the secret that seals its keys in its folder, by its variables. */
export async function startNotaryService(context: ServiceContext): Promise<RunningService> {
  const { plan, paths, address, ca, clock, log } = context;
  const config = readConfig(context);
  const fixtures = folderAt(context, FIXTURES, 'fixtures');
  await mkdir(fixtures, { recursive: true, mode: 0o700 });
  await writeFile(join(fixtures, 'root-ca.crt'), ca.cert);
  await using started = new Started();
  const database = started.add(await openNotaryDatabase(config.database));
  const secret = { kind: 'key-file', path: paths.service(plan.name, 'keys.secret'), isMade: true } as const;
  const keys = started.add(await openServerKeys({ kind: 'local', secret }, { database, clock, log }));
  const policy = openPolicy(config, { log, clock });
  const server = createNotaryServer({ database, keys, clock, log, ...policy, hasAudit: config.hasAudit });
  const certificate = issueServerCertificate({
    ca,
    dnsNames: [...new Set([plan.name, plan.containerName, 'localhost'])],
    ipAddresses: [address, '127.0.0.1'],
    clock,
  });
  const listener = started.add(await listen(server.app, listenAddress(context, PORT), certificate));
  const running = started.keep();
  return {
    port: listener.address.kind === 'tcp' ? listener.address.port : PORT,
    mounts: [{ source: fixtures, target: FIXTURES, readOnly: false }],
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** The variables of the compose file, as `serve notary` reads them. What has no effect, here or anywhere, is in the log. */
function readConfig({ plan, paths, log }: ServiceContext): ServerConfig {
  const { environment, name } = plan;
  const defaultDatabase = paths.service(name, 'notary.db');
  const cwd = paths.service(name, '.');
  const { value, warnings } = parseServerConfig(undefined, { environment, cwd, defaultDatabase });
  for (const setting of warnings) log.warn('configuration', { setting });
  if (environment.NOTARY_SERVER_SERVER_HTTP_ADDR || value.tls)
    log.warn('configuration', { setting: 'address and certificate have no effect: the sandbox gives both' });
  if (value.trustService.kind === 'remote')
    log.warn('configuration', { setting: 'trust_service.type: remote has no effect: the sandbox has no signer' });
  return value;
}
