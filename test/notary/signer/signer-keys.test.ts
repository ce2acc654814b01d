import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Log, silentLog, systemClock } from '../../../src/core/index.ts';
import { KeyRows } from '../../../src/notary/signer/key-rows.ts';
import { openSignerKeys, type SignerStorage } from '../../../src/notary/signer/open-signer-keys.ts';
import { Passphrases } from '../../../src/notary/signer/passphrases.ts';
import { reencryptKeys } from '../../../src/notary/signer/reencrypt.ts';
import { openSignerDatabase } from '../../../src/notary/signer/signer-database.ts';

const GUN = 'example.com/kept';
const OLD: [string, Buffer] = ['old_1', Buffer.from('old passphrase')];
const NEW: [string, Buffer] = ['new_1', Buffer.from('new passphrase')];
const content = Buffer.from('to be signed');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ts-keys-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const location = () => ({ kind: 'sqlite', path: join(folder, 'signer.db') }) as const;
const storage = (defaultAlias: string, passphrases: [string, Buffer][]): SignerStorage => ({
  kind: 'database',
  location: location(),
  defaultAlias,
  passphrases: new Passphrases(passphrases),
});
const open = (of: SignerStorage, log: Log = silentLog) => openSignerKeys(of, { clock: systemClock, log });
const request = (role: string) => ({ algorithm: 'ecdsa', gun: GUN, role });

async function makeKeys(roles: readonly string[]): Promise<string[]> {
  await using signer = await open(storage(OLD[0], [OLD]));
  const made: string[] = [];
  for (const role of roles) made.push((await signer.keys.create(request(role))).keyid);
  return made;
}

describe('the keys of a signer', () => {
  test('sign again after a restart, and a key that was used then is not given out as a new one', async () => {
    let keyid: string;
    {
      await using signer = await open(storage(OLD[0], [OLD]));
      ({ keyid } = await signer.keys.create(request('timestamp')));
      await signer.keys.sign(keyid, content);
    }
    await using signer = await open(storage(OLD[0], [OLD]));
    expect(await signer.keys.sign(keyid, content)).toMatchObject({ keyid, method: 'ecdsa', algorithm: 'ecdsa' });
    expect((await signer.keys.create(request('timestamp'))).keyid).not.toBe(keyid);
  });

  test('are in a file that nobody else can read', async () => {
    await makeKeys(['timestamp']);
    expect((await stat(location().path)).mode & 0o777).toBe(0o600);
  });

  test('that were made for the same thing at once are one', async () => {
    await using signer = await open({ kind: 'memory' });
    const made = await Promise.all(Array.from({ length: 8 }, () => signer.keys.create(request('snapshot'))));
    expect(new Set(made.map(({ keyid }) => keyid)).size).toBe(1);
  });

  test('of several collections are listed with what may be known of them', async () => {
    const [first] = await makeKeys(['timestamp', 'snapshot']);
    await using signer = await open(storage(OLD[0], [OLD]));
    await signer.keys.sign(first ?? '', content);
    await using database = await openSignerDatabase(location());
    const listed = [];
    for await (const key of new KeyRows(database).list(1)) listed.push(key);
    expect(listed).toEqual([
      expect.objectContaining({
        gun: GUN,
        role: 'snapshot',
        alias: OLD[0],
        lastUsed: undefined,
        created: expect.any(Date),
      }),
      expect.objectContaining({ keyid: first, role: 'timestamp', algorithm: 'ecdsa', lastUsed: expect.any(Date) }),
    ]);
    expect(Math.abs((listed[1]?.lastUsed?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test.each([
    { what: 'no passphrase is given', given: [] as [string, Buffer][] },
    { what: 'the passphrase is another one', given: [[OLD[0], Buffer.from('wrong')]] as [string, Buffer][] },
  ])('are not served when for the default alias $what', async ({ given }) => {
    await makeKeys(['timestamp']);
    await expect(open(storage(OLD[0], given))).rejects.toMatchObject({
      code: 'NOTARY_ALIAS_PASSPHRASE',
      alias: OLD[0],
    });
  });

  test('whose alias has no passphrase are told of at the start; others are served', async () => {
    const [keyid = ''] = await makeKeys(['timestamp']);
    const errors: unknown[] = [];
    const log: Log = { ...silentLog, error: (event, fields) => errors.push([event, fields]) };
    await using signer = await open(storage(NEW[0], [NEW]), log);
    expect(errors).toEqual([['keys cannot be used', expect.objectContaining({ alias: OLD[0], count: 1 })]]);
    await expect(signer.keys.sign(keyid, content)).rejects.toMatchObject({ code: 'NOTARY_ALIAS_PASSPHRASE' });
    const made = await signer.keys.create(request('timestamp')); // the unused one cannot be opened
    expect(made.keyid).not.toBe(keyid);
    expect(await signer.keys.sign(made.keyid, content)).toMatchObject({ keyid: made.keyid });
  });

  test('do not sign as another that was put in their place', async () => {
    const [one = '', other = ''] = await makeKeys(['timestamp', 'snapshot']);
    {
      await using database = await openSignerDatabase(location());
      const row = await database.query
        .selectFrom('private_keys')
        .select('private')
        .where('key_id', '=', other)
        .executeTakeFirstOrThrow();
      await database.query.updateTable('private_keys').set(row).where('key_id', '=', one).execute();
    }
    await using signer = await open(storage(OLD[0], [OLD]));
    await expect(signer.keys.sign(one, content)).rejects.toMatchObject({ code: 'NOTARY_KEY_MISMATCH' });
    expect(await signer.keys.sign(other, content)).toMatchObject({ keyid: other });
  });
});

describe('re-encryption', () => {
  const passphrases = new Passphrases([OLD, NEW]);
  const work = { from: OLD[0], to: NEW[0], passphrases, clock: systemClock, random: randomBytes, rounds: 1000 };

  test('moves every key under the new alias, deleted ones too, and the old passphrase is needed no more', async () => {
    const made = await makeKeys(['timestamp', 'snapshot', 'targets']);
    {
      await using database = await openSignerDatabase(location());
      const rows = new KeyRows(database);
      await rows.delete(made[2] ?? '', new Date());
      expect(await reencryptKeys(rows, work)).toEqual({ done: 3, failures: [] });
      expect(await reencryptKeys(rows, work)).toEqual({ done: 0, failures: [] });
      expect(await rows.aliases.countByAlias()).toMatchObject([{ alias: NEW[0], count: 2 }]);
    }
    await using signer = await open(storage(NEW[0], [NEW]));
    for (const keyid of made.slice(0, 2)) expect(await signer.keys.sign(keyid, content)).toMatchObject({ keyid });
  });

  test('goes on where it was ended, and says which keys it could not open', async () => {
    const made = await makeKeys(['timestamp', 'snapshot', 'targets']);
    await using database = await openSignerDatabase(location());
    const rows = new KeyRows(database);
    const [row] = await rows.aliases.listUnderAlias(OLD[0], 0, 1);
    if (!row) throw new Error('no key');
    const broken = { alias: OLD[0], jwe: 'x', keywrapAlg: '', encryptionAlg: '' };
    expect(await rows.aliases.replaceEncryption([{ from: row, to: broken }], new Date())).toBe(1);
    expect(await rows.aliases.replaceEncryption([{ from: row, to: broken }], new Date())).toBe(0); // it is another one by now
    const reports: number[] = [];
    const report = await reencryptKeys(rows, { ...work, onProgress: ({ done }) => reports.push(done) });
    expect(report).toMatchObject({ done: 2, failures: [{ keyid: made[0] }] });
    expect(reports).toEqual([2]);
  });

  test('asks for both passphrases before it begins', async () => {
    await using database = await openSignerDatabase(location());
    const only = { ...work, passphrases: new Passphrases([OLD]) };
    await expect(reencryptKeys(new KeyRows(database), only)).rejects.toMatchObject({ alias: NEW[0] });
  });
});
