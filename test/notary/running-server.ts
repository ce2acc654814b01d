import { randomBytes } from 'node:crypto';
import { silentLog } from '../../src/core/index.ts';
import { type Listener, listen, type ServerTls } from '../../src/http/index.ts';
import { NotaryClient, type NotaryClientOptions } from '../../src/notary/client/index.ts';
import {
  createNotaryServer,
  type NotaryDatabase,
  type NotaryServerOptions,
  openNotaryDatabase,
} from '../../src/notary/index.ts';
import { type Gun, parseGun, type RoleName } from '../../src/tuf/index.ts';
import { newRepository, signRoot, signTargets, TEST_NOW, type TestRepository } from '../tuf-repository.ts';

/** A Notary server on a free port, with a clock that tests move. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly database: NotaryDatabase;
  readonly client: NotaryClient;
  now: Date;
}

export interface RunningOptions extends Partial<NotaryServerOptions> {
  readonly path?: string;
  readonly tls?: ServerTls;
  readonly client?: Partial<NotaryClientOptions>;
}

export async function startServer(options: RunningOptions = {}): Promise<RunningServer> {
  const database = await openNotaryDatabase(options.path ?? ':memory:');
  const state = { now: TEST_NOW };
  const { app } = createNotaryServer({
    database,
    keys: { secret: randomBytes(32) },
    clock: { now: () => state.now },
    log: silentLog,
    ...options,
  });
  const listener: Listener = await listen(app, { kind: 'tcp', host: '127.0.0.1', port: 0 }, options.tls);
  const client = new NotaryClient({ url: listener.url, ...options.client });
  return Object.assign(state, {
    url: listener.url,
    database,
    client,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await listener[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  });
}

/** A collection whose snapshot and timestamp keys are the server's. */
export async function newServerRepository(client: NotaryClient, gun: Gun): Promise<TestRepository> {
  return newRepository(gun, {
    timestamp: await client.getKey(gun, 'timestamp'),
    snapshot: await client.getKey(gun, 'snapshot'),
  });
}

/** Publishes root and targets of a new collection. */
export async function publishNew(client: NotaryClient, name: string): Promise<TestRepository & { readonly name: Gun }> {
  const gun = parseGun(name);
  const repository = await newServerRepository(client, gun);
  await client.publish(
    gun,
    files({ root: (await signRoot(repository)).bytes, targets: (await signTargets(repository)).bytes }),
  );
  return { ...repository, name: gun };
}

export function files(byRole: Readonly<Record<string, Uint8Array>>): Map<RoleName, Uint8Array> {
  return new Map(Object.entries(byRole) as [RoleName, Uint8Array][]);
}
