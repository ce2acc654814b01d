import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import {
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  acceptTimestamp,
  parseEnvelope,
  parseGun,
  ROOT,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
} from '../../src/tuf/index.ts';
import { TEST_NOW } from '../tuf-repository.ts';
import { startServer } from './running-server.ts';

/** Where packages are found from: the program under test is built into it. */
const BUILD = join(import.meta.dirname, '../../node_modules/.cache/notary-crash');

/** Publishes as fast as it can, saying which version is stored, until it is killed after saying `last` versions. */
async function publishUntilKilled(program: string, path: string, gun: string, last: number): Promise<number> {
  const child = spawn(process.execPath, [program, path, gun], { stdio: ['ignore', 'pipe', 'inherit'] });
  let stored = 0;
  for await (const line of createInterface(child.stdout)) {
    stored = Number(line);
    if (stored === last) child.kill('SIGKILL'); // somewhere in the middle of storing the next ones
  }
  return stored;
}

test('a server killed in the middle of publishing has lost nothing it confirmed, and stored nothing by half', async () => {
  mkdirSync(BUILD, { recursive: true });
  const program = join(BUILD, 'publish-forever.mjs');
  const entry = join(import.meta.dirname, 'publish-forever.ts');
  const options = { bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' } as const;
  await build({ ...options, entryPoints: [entry], outfile: program, logLevel: 'error' });
  const folder = mkdtempSync(join(tmpdir(), 'notary-crash-'));
  const path = join(folder, 'notary.db');
  for (const last of [1, 5, 12]) {
    const gun = parseGun(`example.com/killed-after-${last}`);
    const confirmed = await publishUntilKilled(program, path, gun, last);
    await using server = await startServer({ path });
    const now = TEST_NOW;
    const get = async (role: typeof ROOT) => parseEnvelope(await server.client.getMetadata(gun, role));
    const root = acceptRoot(await get(ROOT), { gun, now });
    const timestamp = acceptTimestamp(root, await get(TIMESTAMP), { now });
    const snapshot = acceptSnapshot(root, timestamp, await get(SNAPSHOT), { now });
    const targets = acceptTargets(root, snapshot, await get(TARGETS), { now });
    expect(targets.version).toBeGreaterThanOrEqual(confirmed);
    expect(timestamp.version).toBe(targets.version);
  }
  rmSync(folder, { recursive: true });
});
