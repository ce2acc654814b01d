import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Started } from '../../core/index.ts';
import { listen } from '../../http/index.ts';
import { createNotaryServer, MIN_SECRET_BYTES, openNotaryDatabase } from '../../notary/index.ts';
import { issueServerCertificate } from '../../pki/index.ts';
import { folderAt, type RunningService, type ServiceContext } from '../service.ts';
import { listenAddress } from './listen-address.ts';

/** Where the real image keeps its certificates; clients take the authority's from here. */
const FIXTURES = '/var/lib/notary/fixtures';
const PORT = 4443;

/** A Notary server over TLS, with its database and the secret that seals its keys in its folder. */
export async function startNotaryService(context: ServiceContext): Promise<RunningService> {
  const { plan, paths, address, ca, clock, log } = context;
  const fixtures = folderAt(context, FIXTURES, 'fixtures');
  await mkdir(fixtures, { recursive: true, mode: 0o700 });
  await writeFile(join(fixtures, 'root-ca.crt'), ca.cert);
  await using started = new Started();
  const database = started.add(await openNotaryDatabase(paths.service(plan.name, 'notary.db')));
  const secret = await openSecret(paths.service(plan.name, 'keys.secret'));
  const server = createNotaryServer({ database, keys: { secret }, clock, log });
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

/** The secret in `file`, made at the first start. */
async function openSecret(file: string): Promise<Buffer> {
  try {
    await writeFile(file, randomBytes(MIN_SECRET_BYTES), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFile(file);
}
