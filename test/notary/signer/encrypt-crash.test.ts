import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog, systemClock } from '../../../src/core/index.ts';
import { openNotaryDatabase, openServerKeys } from '../../../src/notary/index.ts';
import { KeyRows } from '../../../src/notary/signer/key-rows.ts';
import { openSignerDatabase } from '../../../src/notary/signer/signer-database.ts';
import { SignerKeys } from '../../../src/notary/signer/signer-keys.ts';
import { openRow } from '../../../src/notary/signer/stored-key.ts';
import { parseGun } from '../../../src/tuf/index.ts';
import { aliases, secrets } from './two-secrets.ts';

/** Where packages are found from: the program under test is built into it. */
const BUILD = join(import.meta.dirname, '../../../node_modules/.cache/notary-encrypt');
const PROGRAM = join(BUILD, 'encrypt-forever.mjs');
const [KILLS, KEYS] = [6, 50];
const ROUNDS = 1000; // as few as there may be: it is not they that are tested
const surroundings = { clock: systemClock, log: silentLog };
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'notary-encrypt-'));
  mkdirSync(BUILD, { recursive: true });
  const entry = join(import.meta.dirname, 'encrypt-forever.ts');
  const options = { bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' } as const;
  await build({ ...options, entryPoints: [entry], outfile: PROGRAM, logLevel: 'error' });
});
afterAll(() => rmSync(folder, { recursive: true }));

const SLOW = { timeout: 60_000 };

/** Has all keys encrypted over and over, and kills that at some instant after it got going. @returns how often it came to an end */
async function encryptUntilKilled(kind: 'server' | 'signer', path: string): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM, kind, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let changes = 0;
  for await (const _ of createInterface(child.stdout)) {
    changes += 1;
    if (changes === 2) setTimeout(() => child.kill('SIGKILL'), randomInt(60)); // at no instant of our choosing
  }
  return changes;
}

test(
  'a change of a server’s secret that is killed leaves all keys under the old one or the new one',
  SLOW,
  async () => {
    const path = join(folder, 'server.db');
    const service = (n: number) =>
      ({ kind: 'local', secret: secrets[n] ?? { kind: 'bytes', bytes: Buffer.alloc(0) } }) as const;
    const made: string[] = [];
    const gun = parseGun('example.com/changed');
    {
      await using database = await openNotaryDatabase(path);
      await using keys = await openServerKeys(service(0), { database, ...surroundings });
      for (let n = 0; n < KEYS; n += 1) made.push((await keys.createKey(gun, 'timestamp')).keyid);
    }
    for (let kill = 0; kill < KILLS; kill += 1) {
      expect(await encryptUntilKilled('server', path)).toBeGreaterThan(1);
      await using database = await openNotaryDatabase(path);
      const opened = await Promise.allSettled(
        [0, 1].map((n) => openServerKeys(service(n), { database, ...surroundings })),
      );
      const keys = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      expect(keys).toHaveLength(1);
      for (const keyid of made) expect(await keys[0]?.findSigner(gun, 'timestamp', keyid)).toBeDefined();
    }
  },
);

test('re-encryption of a signer’s keys that is killed leaves each under one alias that opens it', SLOW, async () => {
  const location = { kind: 'sqlite', path: join(folder, 'signer.db') } as const;
  {
    await using database = await openSignerDatabase(location);
    const options = { passphrases: aliases, defaultAlias: 'a', rounds: ROUNDS, random: randomBytes, ...surroundings };
    const keys = new SignerKeys({ rows: new KeyRows(database), ...options });
    for (let n = 0; n < KEYS; n += 1)
      await keys.create({ algorithm: 'ed25519', gun: `example.com/${n}`, role: 'timestamp' });
  }
  for (let kill = 0; kill < KILLS; kill += 1) {
    expect(await encryptUntilKilled('signer', location.path)).toBeGreaterThan(1);
    await using database = await openSignerDatabase(location);
    const rows = new KeyRows(database);
    const groups = await Promise.all(['a', 'b'].map((alias) => rows.aliases.listUnderAlias(alias, 0, KEYS)));
    expect(groups.flat()).toHaveLength(KEYS);
    for (const row of groups.flat()) expect((await openRow(row, aliases)).key.keyid).toBe(row.keyid);
  }
});
