import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFilesystemDriver } from '../../../src/storage/index.ts';
import { seeded } from './interleaving.ts';
import { findDamage } from './store-check.ts';

const folder = mkdtempSync(join(tmpdir(), 'collect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = join(folder, 'busy.mjs');
/** More by the environment, for a night of it. */
const SECONDS = Number(process.env.STRESS_SECONDS ?? 8);

beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, 'busy-process.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['@aws-sdk/*', 'libsql'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
});

test(
  'processes that push, delete and collect, with collectors killed at any time, fail no push and leave nothing damaged',
  async () => {
    const root = join(folder, 'tree');
    const random = seeded(42);
    const until = Date.now() + SECONDS * 1000;
    const start = (role: string, seed: number): ChildProcess =>
      fork(program, [role, root, String(seed), String(until)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const workers = [start('push', 1), start('push', 2), start('delete', 3)].map(ended);
    let [collected, kills] = [0, 0];
    while (Date.now() < until - 500) {
      const collector = start('collect', kills);
      collector.on('message', (count) => {
        collected += Number(count);
      });
      const end = ended(collector);
      await Promise.race([end, sleep(300 + random() * 900)]);
      if (collector.kill('SIGKILL')) kills += 1;
      await end;
    }
    await ended(start('collect', 99)); // the last one is left to its end
    expect(await Promise.all(workers)).toEqual([0, 0, 0].map((status) => ({ status, stderr: '' })));
    expect(await findDamage(openFilesystemDriver(root))).toEqual([]);
    expect([kills > 3, collected > 0]).toEqual([true, true]);
  },
  (SECONDS + 60) * 1000,
);

function ended(child: ChildProcess): Promise<{ readonly status: number | null; readonly stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, stderr })));
}
