import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { openNotaryDatabase, verifyAudit, verifyStore } from '../../src/notary/index.ts';
import { TEST_NOW } from '../tuf-repository.ts';

/** Where packages are found from: the program under test is built into it. */
const BUILD = join(import.meta.dirname, '../../node_modules/.cache/notary-crash');
/** Publishers in one process. */
const COLLECTIONS = 3;
const MAX_CONFIRMED = 10;
const MAX_LATE_MS = 6;

/** The program that publishes until it is killed. */
export async function buildPublisher(): Promise<string> {
  mkdirSync(BUILD, { recursive: true });
  const program = join(BUILD, 'publish-forever.mjs');
  const entry = join(import.meta.dirname, 'publish-forever.ts');
  const options = { bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' } as const;
  await build({ ...options, entryPoints: [entry], outfile: program, logLevel: 'error' });
  return program;
}

/** Publishes as fast as it can until it is killed, somewhere in the middle of storing. @returns versions confirmed, by collection */
async function publishUntilKilled(
  program: string,
  location: string,
  guns: readonly string[],
): Promise<Map<string, number>> {
  const child = spawn(process.execPath, [program, location, ...guns], { stdio: ['ignore', 'pipe', 'inherit'] });
  const confirmed = new Map<string, number>();
  const [last, lateMs] = [randomInt(1, MAX_CONFIRMED), randomInt(MAX_LATE_MS)];
  let lines = 0;
  for await (const line of createInterface(child.stdout)) {
    const [gun = '', version] = line.split(' ');
    confirmed.set(gun, Number(version));
    lines += 1;
    if (lines === last) setTimeout(() => child.kill('SIGKILL'), lateMs);
  }
  return confirmed;
}

/** Kills `times` publishers over one store, and expects of it that nothing confirmed is lost and nothing is stored by half. */
export async function expectToSurviveKills(location: string, times: number): Promise<void> {
  const program = await buildPublisher();
  const confirmed = new Map<string, number>();
  for (let kill = 0; kill < times; kill += 1) {
    const guns = Array.from({ length: COLLECTIONS }, (_, i) => `example.com/killed-${kill}/${i}`);
    for (const [gun, version] of await publishUntilKilled(program, location, guns)) confirmed.set(gun, version);
  }
  await using database = await openNotaryDatabase(location);
  const stored = await database.query
    .selectFrom('tuf_files')
    .select(({ fn }) => ['gun', fn.max('version').as('version')])
    .where('role', '=', 'targets')
    .groupBy('gun')
    .execute();
  const versions = new Map(stored.map(({ gun, version }) => [gun, Number(version)]));
  const lost = [...confirmed].filter(([gun, version]) => (versions.get(gun) ?? 0) < version);
  expect(lost).toEqual([]);
  expect(confirmed.size).toBeGreaterThanOrEqual(times);
  const problems: unknown[] = [];
  for await (const verified of verifyStore(database, { now: TEST_NOW }))
    if (verified.problems.length > 0) problems.push(verified);
  expect(problems).toEqual([]);
  expect(await verifyAudit(database)).toMatchObject({ break: undefined, filesOutside: 0 });
}
