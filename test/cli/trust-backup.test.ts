import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backupTrust } from '../../src/cli/trust/backup.ts';
import { restoreTrust } from '../../src/cli/trust/restore.ts';
import { RELEASES, sealBundle } from '../../src/trust/index.ts';
import { ALICE, file, type Machines, openMachines, R } from './trust-machines.ts';

const FILE = 'trust.backup';
const code = (code: string) => expect.objectContaining({ code });

let machines: Machines;
beforeEach(async () => {
  machines = await openMachines();
  await writeFile(machines.at('passphrase'), 'passphrase of the backup\n', { mode: 0o600 });
});
afterEach(() => machines[Symbol.asyncDispose]());

const passphrases = { file: 'passphrase' };

async function backedUp() {
  const admin = await machines.signed();
  await admin.repository.update();
  await backupTrust(FILE, passphrases, admin.context);
  return admin;
}

describe('trust backup', () => {
  test('writes a file that its owner alone may read, in which nothing can be read', async () => {
    const admin = await backedUp();
    expect((await stat(machines.at(FILE))).mode & 0o777).toBe(0o600);
    const text = await readFile(machines.at(FILE), 'latin1');
    expect(text).toMatch(/^trustsandbox trust backup 1\n\{"kdf":"scrypt","N":131072,"r":8,"p":1,/);
    for (const secret of [R, 'PRIVATE KEY', ...(await admin.repository.keys.list()).map(({ keyid }) => keyid)]) {
      expect(text).not.toContain(secret);
    }
    expect(admin.said().stdout).toContain(`Wrote 3 keys and the trust data of 1 repository to ${FILE}\n`);
  });

  test('has nothing to write where nothing is', async () => {
    const { context } = await machines.machine('empty');
    await expect(backupTrust(FILE, passphrases, context)).rejects.toThrow('there is nothing to back up');
  });

  test('takes no passphrase of docker’s keys for its own, and asks once where nobody answers', async () => {
    const admin = await machines.signed();
    await expect(backupTrust(FILE, {}, admin.context)).rejects.toThrow(
      'there is no passphrase for the backup: give one by',
    );
    expect(admin.said().stdout.match(/Enter passphrase for new backup key: /g)).toHaveLength(1);
  });
});

describe('trust restore', () => {
  test('brings keys and trust data to another machine, which goes on with them', async () => {
    await backedUp();
    const { context, repository, said } = await machines.machine('two');
    const restoration = await restoreTrust(FILE, { passphrases }, context);
    expect(restoration.restored).toContain(R);
    expect(restoration.restored).toHaveLength(4);
    expect(said().stdout).toContain(`Restored: ${R}\n`);
    await repository.addTarget('v2', file, [ALICE, RELEASES]);
    await repository.publish();
    expect(await machines.targets('v2')).toBe(RELEASES);
  });

  test('leaves what is here and differs, unless forced', async () => {
    const admin = await backedUp();
    await admin.repository.addTarget('v2', file, [ALICE, RELEASES]);
    await admin.repository.publish();
    await admin.repository.update();
    const again = await restoreTrust(FILE, { passphrases }, admin.context);
    expect(again).toMatchObject({ restored: [], kept: [R] });
    expect(again.same).toHaveLength(3);
    const forced = await restoreTrust(FILE, { passphrases, isForced: true }, admin.context);
    expect(forced.restored).toEqual([R]);
  });

  test('says that a passphrase does not fit', async () => {
    await backedUp();
    await writeFile(machines.at('passphrase'), 'another\n');
    const { context } = await machines.machine('two');
    await expect(restoreTrust(FILE, { passphrases }, context)).rejects.toThrow(code('TRUST_BACKUP_CLOSED'));
  });

  test.each([
    { what: 'its first line', at: 3 },
    { what: 'how it is sealed', at: 100 },
    { what: 'what is sealed', at: 1000 },
    { what: 'its end', at: -1 },
  ])('refuses a backup of which a byte was changed in $what, and writes nothing', async ({ at }) => {
    await backedUp();
    const bytes = await readFile(machines.at(FILE));
    const place = at < 0 ? bytes.length + at : at;
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    await writeFile(machines.at(FILE), bytes);
    const { context, repository } = await machines.machine('two');
    await expect(restoreTrust(FILE, { passphrases }, context)).rejects.toThrow(/backup/);
    expect(await repository.keys.list()).toEqual([]);
  });

  test.each([
    { what: 'is cut', content: (bytes: Buffer) => bytes.subarray(0, 300) },
    { what: 'is another file', content: () => Buffer.from('hello') },
    { what: 'is empty', content: () => Buffer.alloc(0) },
    {
      what: 'wants more memory than there is',
      content: (bytes: Buffer) =>
        Buffer.from(bytes.toString('latin1').replace('"N":131072', '"N":1048576').replace('"r":8', '"r":64'), 'latin1'),
    },
  ])('refuses a backup that $what', async ({ content }) => {
    await backedUp();
    await writeFile(machines.at(FILE), content(await readFile(machines.at(FILE))));
    const { context } = await machines.machine('two');
    await expect(restoreTrust(FILE, { passphrases }, context)).rejects.toThrow(/backup/);
  });

  test.each([
    { what: 'a key under a path', value: { keys: { '../../x': '' }, metadata: {} } },
    { what: 'a key that is none', value: { keys: { ['a'.repeat(64)]: 'x' }, metadata: {} } },
    { what: 'a collection under a path', value: { keys: {}, metadata: { '../x': {} } } },
    { what: 'a role under a path', value: { keys: {}, metadata: { 'example.com/x': { '../root': 'e30=' } } } },
    { what: 'metadata that is none', value: { keys: {}, metadata: { 'example.com/x': { root: 'bm9uZQ==' } } } },
    { what: 'no keys', value: { metadata: {} } },
  ])('writes nothing of a backup that holds $what, whoever sealed it', async ({ value }) => {
    const content = Buffer.from(JSON.stringify({ format: 'trustsandbox-trust', version: 1, made: '', ...value }));
    await writeFile(machines.at(FILE), await sealBundle(content, 'passphrase of the backup'));
    const { context, repository } = await machines.machine('two');
    await expect(restoreTrust(FILE, { passphrases }, context)).rejects.toThrow(code('TRUST_BACKUP_INVALID'));
    expect(await repository.keys.list()).toEqual([]);
  });
});
