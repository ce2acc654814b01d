import { afterEach, expect, test, vi } from 'vitest';
import { files, publishNew, startServer } from '../../../test/notary/running-server.ts';
import { signTargets, TEST_NOW } from '../../../test/tuf-repository.ts';
import { type Log, silentLog } from '../../core/index.ts';
import { TARGETS } from '../../tuf/index.ts';
import { listVersions } from '../store/history.ts';
import { parseServerConfig } from './parse-server-config.ts';
import { startRetention } from './retention-watch.ts';

const HOUR_MS = 3_600_000;
const GUN = 'example.com/kept';

afterEach(() => void vi.useRealTimers());

test('a server forgets every hour what its configuration does not keep', async () => {
  await using server = await startServer();
  const repository = await publishNew(server.client, GUN);
  for (const version of [2, 3])
    await server.client.publish(
      repository.name,
      files({ targets: (await signTargets(repository, { version })).bytes }),
    );
  const stored = async () => (await listVersions(server.database, repository.name, TARGETS)).length;
  const text = JSON.stringify({ trustsandbox: { retention: { keep_versions: 1 } } });
  const surroundings = { environment: {}, cwd: '/', defaultDatabase: ':memory:' };
  const { value: config } = parseServerConfig({ path: 'c', text }, surroundings);
  let told = (): void => undefined;
  const log: Log = { ...silentLog, info: () => told() };
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const clock = { now: () => new Date(TEST_NOW.getTime() + 2 * HOUR_MS) };
  await using _ = startRetention(config, { database: server.database, clock, log });
  vi.advanceTimersByTime(HOUR_MS - 1);
  expect(await stored()).toBe(3);
  const forgotten = new Promise<void>((resolve) => {
    told = resolve;
  });
  vi.advanceTimersByTime(1);
  await forgotten;
  expect(await stored()).toBe(1);
});
