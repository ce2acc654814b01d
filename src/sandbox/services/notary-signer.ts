import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseSignerConfig, type SignerConfig, serveSigner } from '../../notary/index.ts';
import { issueServerCertificate } from '../../pki/index.ts';
import { signerGateOf } from '../front/signer-exchange.ts';
import type { RunningService, ServiceContext } from '../service.ts';
import { readConfigFile } from './config-file.ts';

const PORT = 7899;
const ALIAS = 'sandbox';
const FILES = ['/etc/notary/signer-config.json', '/var/lib/notary/fixtures/signer-config.json'] as const;

/** A Notary signer: gRPC over the sandbox's TLS. Without a database in its configuration, keys are in one of its own. */
export async function startSignerService(context: ServiceContext): Promise<RunningService> {
  const { clock, log, enter, findViewer } = context;
  const config = await readConfig(context);
  const signer = await serveSigner(config, { log, clock, gate: signerGateOf(enter, findViewer) });
  return {
    servers: [signer.server],
    port: signer.port,
    knownPort: PORT,
    scheme: 'https',
    mounts: [],
    [Symbol.asyncDispose]: () => signer[Symbol.asyncDispose](),
  };
}

async function readConfig(context: ServiceContext): Promise<SignerConfig> {
  const { plan, paths, address, ownsAddress, log } = context;
  const folder = paths.service(plan.name, '.');
  const file = await readConfigFile(context, FILES);
  const tls = await writeCertificate(context);
  const own = file ? {} : { NOTARY_SIGNER_STORAGE_BACKEND: 'sqlite3', NOTARY_SIGNER_STORAGE_DB_URL: 'signer.db' };
  const environment = {
    ...own,
    ...(!file && { NOTARY_SIGNER_DEFAULT_ALIAS: ALIAS, NOTARY_SIGNER_SANDBOX: await passphrase(context) }),
    ...plan.environment,
    NOTARY_SIGNER_SERVER_GRPC_ADDR: `${address}:${ownsAddress ? PORT : 0}`,
    NOTARY_SIGNER_SERVER_TLS_CERT_FILE: tls.certFile,
    NOTARY_SIGNER_SERVER_TLS_KEY_FILE: tls.keyFile,
  };
  const { value, warnings } = parseSignerConfig(file, { environment, cwd: folder });
  for (const setting of warnings) log.warn('configuration', { setting });
  if (value.tls.caFile)
    log.warn('configuration', { setting: 'client_ca_file has no effect: who is in the network may ask' });
  return { ...value, tls };
}

/** gRPC reads its certificate from files; they are the service's, and new at each start. */
async function writeCertificate({ plan, paths, ca, addresses, machineClock, ownNames }: ServiceContext) {
  const { cert, key } = issueServerCertificate({
    ca,
    dnsNames: ownNames,
    ipAddresses: [...new Set([...addresses, '127.0.0.1'])],
    clock: machineClock,
  });
  const [certFile, keyFile] = [paths.service(plan.name, 'tls', 'cert.pem'), paths.service(plan.name, 'tls', 'key.pem')];
  await mkdir(paths.service(plan.name, 'tls'), { recursive: true, mode: 0o700 });
  await writeFile(certFile, cert, { mode: 0o600 });
  await writeFile(keyFile, key, { mode: 0o600 });
  return { certFile, keyFile };
}

/** Of the keys in its own database; made once. */
async function passphrase({ plan, paths }: ServiceContext): Promise<string> {
  const path = paths.service(plan.name, 'keys.secret');
  const made = randomBytes(32).toString('base64url');
  await writeFile(path, made, { flag: 'wx', mode: 0o600 }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw thrown;
  });
  return readFile(path, 'utf8');
}
