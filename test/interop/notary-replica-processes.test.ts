import { randomBytes, randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NotaryClient, RemoteRejectedError } from '../../src/notary/client/index.ts';
import { openNotaryDatabase, verifyAudit, verifyStore } from '../../src/notary/index.ts';
import { parseEnvelope, TARGETS } from '../../src/tuf/index.ts';
import { followChain, raceFor, readWhile } from '../notary/race.ts';
import { files, publishNew } from '../notary/running-server.ts';
import { signTargets } from '../tuf-repository.ts';
import { freePort } from './peers/free-port.ts';
import { startOurServer } from './peers/our-program.ts';
import { type Postgresql, startPostgresql } from './peers/postgresql.ts';
import type { PeerServer } from './peers/server.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

/** `TRUSTSANDBOX_TEST_KILLS=100` where there is time: each takes about a second. */
const KILLS = Number(process.env.TRUSTSANDBOX_TEST_KILLS ?? 8);
const MAX_ALIVE_MS = 400;
const MAX_TRIES = 200;

let workspace: Workspace;
let postgresql: Postgresql;
let url: string;
let databases = 0;
beforeAll(async () => {
  workspace = await createWorkspace();
  postgresql = await startPostgresql(workspace);
});
afterAll(async () => {
  await postgresql?.[Symbol.asyncDispose]();
  await workspace?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  databases += 1;
  url = await postgresql.createDatabase(`replicas${databases}`);
});

/** `serve notary` in a process of its own over the database; as often as it is killed it can be started again. */
async function startReplica(name: string) {
  const address = `127.0.0.1:${await freePort()}`;
  const config = workspace.at(`${name}${databases}.json`);
  const settings = {
    server: { http_addr: address },
    storage: { backend: 'postgres', db_url: url },
    trustsandbox: { key_file: 'keys.secret' },
    logging: { level: 'warn' },
  };
  await writeFile(config, JSON.stringify(settings));
  const client = new NotaryClient({ url: `http://${address}` });
  const isReady = async () => (await fetch(`http://${address}/_notary_server/health`)).ok;
  const start = (): Promise<PeerServer> => startOurServer(workspace, 'notary', config, { isReady });
  let server = await start();
  return {
    client,
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await server[Symbol.asyncDispose]();
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
type Replica = Awaited<ReturnType<typeof startReplica>>;
type Published = Awaited<ReturnType<typeof publishNew>>;

async function expectSound(): Promise<void> {
  await using database = await openNotaryDatabase(url);
  const found: unknown[] = [];
  for await (const verified of verifyStore(database, { now: new Date() }))
    if (verified.problems.length > 0) found.push(verified);
  expect(found).toEqual([]);
  expect(await verifyAudit(database)).toMatchObject({ break: undefined, filesOutside: 0 });
}

/** Asks one after the other until one answers; what a client behind a balancer does. */
async function askAny<T>(replicas: readonly Replica[], ask: (client: NotaryClient) => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const replica = replicas[tries % replicas.length];
    try {
      if (replica) return await ask(replica.client);
    } catch (thrown) {
      if (thrown instanceof RemoteRejectedError || tries === MAX_TRIES) throw thrown;
      await delay(5);
    }
  }
}

/** Publishes the next version. An answer that was lost may have been a yes: then `VERSION` and our bytes are one. */
async function publishNext(replicas: readonly Replica[], repository: Published, version: number): Promise<void> {
  const { bytes } = await signTargets(repository, { version });
  try {
    await askAny(replicas, (client) => client.publish(repository.name, files({ targets: bytes })));
  } catch (thrown) {
    if (!(thrown instanceof RemoteRejectedError) || thrown.wireCode !== 'VERSION') throw thrown;
    const stored = await askAny(replicas, (client) => client.getMetadata(repository.name, TARGETS));
    expect(Buffer.from(stored)).toEqual(bytes);
  }
}

describe('two processes that serve one PostgreSQL database', () => {
  beforeAll(() => writeFile(workspace.at('keys.secret'), randomBytes(32), { mode: 0o600 }));

  test.each([{ isClientSigned: false }, { isClientSigned: true }])(
    'store each version once while 64 publishers race (snapshot by the client: $isClientSigned)',
    async ({ isClientSigned }) => {
      await using one = await startReplica('one');
      await using other = await startReplica('other');
      const race = await raceFor([one, other], { publishers: 64, rounds: 4, isClientSigned });
      expect(race.versions).toEqual([2, 3, 4, 5]);
      expect(race.answers.filter((answer) => answer === 'published')).toHaveLength(4);
      expect(new Set(race.answers)).toEqual(new Set(['published', 'VERSION']));
      await expectSound();
    },
  );

  test(
    `lose nothing that was confirmed when one of them is killed ${KILLS} times, and readers always get a whole chain`,
    async () => {
      await using one = await startReplica('one');
      await using other = await startReplica('other');
      const replicas = [one, other];
      const repositories = await Promise.all(
        [1, 2, 3].map((i) => publishNew((i % 2 === 0 ? one : other).client, `example.com/killed/${i}`)),
      );
      let isOver = false;
      const killing = (async () => {
        for (let kill = 0; kill < KILLS; kill += 1) {
          await delay(randomInt(MAX_ALIVE_MS));
          await replicas[randomInt(2)]?.kill();
        }
      })().finally(() => {
        isOver = true;
      });
      const publishing = repositories.map(async (repository, i) => {
        let version = 1;
        const mine = i % 2 === 0 ? replicas : [other, one];
        while (!isOver) {
          version += 1;
          await publishNext(mine, repository, version);
        }
        const stored = await askAny(mine, (client) => client.getMetadata(repository.name, TARGETS));
        expect(parseEnvelope(stored).signed.version).toBe(version);
        return version;
      });
      const read = () =>
        Promise.all(repositories.map(({ name: gun }) => askAny(replicas, (client) => followChain({ client }, gun))));
      await readWhile(Promise.all([killing, ...publishing]), read);
      expect(Math.min(...(await Promise.all(publishing)))).toBeGreaterThan(KILLS);
      await expectSound();
    },
    60_000 + KILLS * 10_000,
  );
});
