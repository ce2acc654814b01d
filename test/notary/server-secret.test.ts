import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog, systemClock } from '../../src/core/index.ts';
import { changeSecret, openNotaryDatabase, openServerKeys, type SecretSource } from '../../src/notary/index.ts';
import { parseGun } from '../../src/tuf/index.ts';

const GUN = parseGun('example.com/keys');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ts-secret-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function passphrase(name: string, text: string): Promise<SecretSource> {
  const path = join(folder, name);
  await writeFile(path, text, { mode: 0o600 });
  return { kind: 'passphrase-file', path };
}
const keyFile = (name: string, isMade = true): SecretSource => ({ kind: 'key-file', path: join(folder, name), isMade });

async function openDatabase() {
  return openNotaryDatabase(join(folder, 'notary.db'));
}
const openKeys = (database: Awaited<ReturnType<typeof openDatabase>>, secret: SecretSource) =>
  openServerKeys({ kind: 'local', secret }, { database, clock: systemClock, log: silentLog });

describe('a server secret', () => {
  test('of a passphrase opens the keys again after a restart, whatever newline an editor left', async () => {
    let keyid: string;
    {
      await using database = await openDatabase();
      await using keys = await openKeys(database, await passphrase('a', 'correct horse'));
      ({ keyid } = await keys.createKey(GUN, 'timestamp'));
    }
    await using database = await openDatabase();
    await using keys = await openKeys(database, await passphrase('b', 'correct horse\r\n'));
    expect((await keys.findSigner(GUN, 'timestamp', keyid))?.key.keyid).toBe(keyid);
  });

  test.each([
    { what: 'another passphrase', secret: () => passphrase('b', 'wrong horse') },
    { what: 'the passphrase as a key file', secret: async () => keyFile('long') },
    { what: 'bytes', secret: async (): Promise<SecretSource> => ({ kind: 'bytes', bytes: randomBytes(32) }) },
  ])('is refused at the start, before there is any key, when it is $what', async ({ secret }) => {
    await using database = await openDatabase();
    await openKeys(database, await passphrase('a', 'correct horse'));
    await expect(openKeys(database, await secret())).rejects.toMatchObject({ code: 'NOTARY_SECRET_WRONG' });
  });

  test('in a key file is made when it is missing, for its owner alone, and kept', async () => {
    await using database = await openDatabase();
    const secret = keyFile('made');
    const keys = await openKeys(database, secret);
    const { keyid } = await keys.createKey(GUN, 'snapshot');
    expect((await stat(join(folder, 'made'))).mode & 0o777).toBe(0o600);
    const again = await openKeys(database, secret);
    expect(await again.findSigner(GUN, 'snapshot', keyid)).toBeDefined();
  });

  test.each([
    { what: 'is missing', secret: async () => keyFile('missing', false) },
    {
      what: 'is too short a key',
      secret: async () => ({ ...(await passphrase('k', 'x'.repeat(31))), kind: 'key-file' }),
    },
    { what: 'is an empty passphrase', secret: () => passphrase('k', '\n') },
    { what: 'is too long', secret: () => passphrase('k', 'x'.repeat(5000)) },
    { what: 'is a folder', secret: async () => ({ kind: 'key-file', path: folder }) },
  ])('file that $what is named in the message', async ({ secret }) => {
    await using database = await openDatabase();
    const source = (await secret()) as SecretSource;
    const opening = openKeys(database, source);
    await expect(opening).rejects.toMatchObject({ code: 'NOTARY_SECRET_FILE' });
    await expect(opening).rejects.toThrow('path' in source ? source.path : '');
  });

  test('in a key file that is missing, and not to be made, is told how to make', async () => {
    await using database = await openDatabase();
    await expect(openKeys(database, keyFile('lost', false))).rejects.toThrow(
      /there is no key file; .*head -c 32 \/dev\/urandom/,
    );
  });

  test('that sealed keys before secrets were noted is checked against those keys', async () => {
    await using database = await openDatabase();
    const secret: SecretSource = { kind: 'bytes', bytes: randomBytes(32) };
    const { keyid } = await (await openKeys(database, secret)).createKey(GUN, 'timestamp');
    await database.query.deleteFrom('server_secret').execute();
    await expect(openKeys(database, { kind: 'bytes', bytes: randomBytes(32) })).rejects.toMatchObject({
      code: 'NOTARY_SECRET_WRONG',
    });
    expect(await (await openKeys(database, secret)).findSigner(GUN, 'timestamp', keyid)).toBeDefined();
  });

  test('is the first one of two that meet an empty database', async () => {
    await using database = await openDatabase();
    const opened = await Promise.allSettled([1, 2, 3].map((n) => openKeys(database, keyFile(`k${n}`))));
    expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('a changed secret', () => {
  test('opens every key, and the old one none', async () => {
    await using database = await openDatabase();
    const [from, to] = [keyFile('old'), await passphrase('new', 'correct horse')];
    const before = await openKeys(database, from);
    const made = await Promise.all(Array.from({ length: 7 }, () => before.createKey(GUN, 'timestamp')));
    expect(await changeSecret(database, { from, to })).toBe(7);
    const after = await openKeys(database, to);
    for (const { keyid } of made) expect(await after.findSigner(GUN, 'timestamp', keyid)).toBeDefined();
    await expect(openKeys(database, from)).rejects.toMatchObject({ code: 'NOTARY_SECRET_WRONG' });
    await expect(changeSecret(database, { from, to })).rejects.toMatchObject({ code: 'NOTARY_SECRET_WRONG' });
  });

  test('has a server that still runs with the old one make no key that nobody could open', async () => {
    await using database = await openDatabase();
    const [from, to] = [keyFile('old'), keyFile('new')];
    const running = await openKeys(database, from);
    const { keyid } = await running.createKey(GUN, 'timestamp');
    expect(await running.findSigner(GUN, 'timestamp', keyid)).toBeDefined();
    await changeSecret(database, { from, to });
    await expect(running.createKey(GUN, 'timestamp')).rejects.toMatchObject({ code: 'NOTARY_VAULT' });
    expect(await running.findSigner(GUN, 'timestamp', keyid)).toBeDefined(); // it has that one open
  });
});

test.each(['ed25519', 'ecdsa'] as const)('a local service makes %s keys when told so', async (keyAlgorithm) => {
  await using database = await openDatabase();
  const service = { kind: 'local', secret: keyFile('k'), keyAlgorithm } as const;
  await using keys = await openServerKeys(service, { database, clock: systemClock, log: silentLog });
  const key = await keys.createKey(GUN, 'timestamp');
  expect(key.keytype).toBe(keyAlgorithm);
  await using again = await openServerKeys(service, { database, clock: systemClock, log: silentLog });
  const signature = await (await again.findSigner(GUN, 'timestamp', key.keyid))?.sign(Buffer.from('x'));
  expect(signature).toMatchObject({ keyid: key.keyid, method: keyAlgorithm === 'ecdsa' ? 'ecdsa' : 'eddsa' });
});
