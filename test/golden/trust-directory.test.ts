import { chmod, cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChangeList, KeyStore, RELEASES, TrustDirectory, TrustRepository } from '../../src/trust/index.ts';
import { MemoryTrustServer } from '../../src/trust/testing/memory-trust-server.ts';
import { scriptedPassphrases } from '../../src/trust/testing/scripted-passphrases.ts';
import {
  parseGun,
  parseRoleName,
  publicKeyOf,
  ROOT,
  type RoleName,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
} from '../../src/tuf/index.ts';

const recordings = fileURLToPath(new URL('./recordings/trust-dir/', import.meta.url));
const clock = { now: () => new Date('2026-11-24T06:00:00Z') };
const b351 = 'b351cc620547e39743bda780447222eba66d7cbfd398c28a274532161832c6bb';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'golden-trust-'));
  await cp(recordings, home, { recursive: true });
  await makePrivate(home); // a checkout does not keep who may read what
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function makePrivate(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    await (entry.isDirectory() ? makePrivate(path) : chmod(path, 0o600));
  }
}

const vectors: readonly { file: string; headers: Record<string, string>; key_id: string }[] = JSON.parse(
  await readFile(join(recordings, 'vectors.json'), 'utf8'),
);

/** A client whose server has just the metadata that was recorded in the client's own cache. */
async function recordedClient(name: string, gunText: string) {
  const gun = parseGun(gunText);
  const directory = new TrustDirectory(join(home, name));
  const server = new MemoryTrustServer(clock);
  const cache = directory.metadata(gun);
  for (const role of [ROOT, TARGETS, SNAPSHOT, TIMESTAMP, 'targets/alice', 'targets/bob', RELEASES] as RoleName[]) {
    const bytes = await cache.find(role);
    if (bytes) server.load(new Map([[role, bytes]]));
  }
  const keys = new KeyStore(directory, scriptedPassphrases('sandbox-passphrase'));
  return { repository: new TrustRepository({ gun, directory, server, keys, clock }), server, keys, directory, gun };
}

describe.each(['docker-cli-28.2.2', 'notary-0.4.3', 'notary-0.5.1', 'notary-0.6.1', 'notary-0.7.0'])(
  'the trust directory of %s',
  (name) => {
    test('has the recorded keys, and each opens', async () => {
      const keys = new KeyStore(new TrustDirectory(join(home, name)), scriptedPassphrases('sandbox-passphrase'));
      const recorded = vectors.filter(({ file }) => file.startsWith(`trust-dir/${name}/`));
      expect(await keys.list()).toEqual(
        recorded
          .map(({ key_id, headers }) => ({ keyid: key_id, role: headers.role, gun: headers.gun }))
          .sort((a, b) => (a.keyid < b.keyid ? -1 : 1)),
      );
      for (const { key_id } of recorded) expect(publicKeyOf(await keys.open(key_id)).keyid).toBe(key_id);
    });
  },
);

describe.each([
  { name: 'docker-cli-28.2.2', gun: 'sandboxregistry:5000/test/trusttest', targets: { latest: b351 } },
  { name: 'notary-0.4.3', gun: 'example.com/vec-0.4.3' },
  { name: 'notary-0.5.1', gun: 'example.com/vec-0.5.1' },
  { name: 'notary-0.6.1', gun: 'example.com/vec-0.6.1' },
  { name: 'notary-0.7.0', gun: 'example.com/vec-0.7.0' },
])('$gun, as $name left it', ({ name, gun, targets }) => {
  test('is verified from the cache, asking the server for nothing but the timestamp', async () => {
    const { repository, server } = await recordedClient(name, gun);
    const listed = await repository.listTargets();
    expect(server.requests).toEqual(['timestamp']);
    expect(listed.length).toBeGreaterThan(0);
    for (const [tag, digest] of Object.entries(targets ?? {})) {
      expect((await repository.getTarget(tag)).file.hashes.get('sha256')?.toString('hex')).toBe(digest);
    }
  });
});

test('docker’s signed repository is brought up to date with alice’s signature, which comes before targets', async () => {
  const { repository, server } = await recordedClient('docker-cli-28.2.2', 'sandboxregistry:5000/test/signed');
  const served = (role: string) =>
    readFile(join(recordings, '../notary-metadata/sandboxregistry_5000_test_signed', `${role.replace('/', '_')}.json`));
  for (const role of [ROOT, TARGETS, 'targets/alice' as RoleName, RELEASES, SNAPSHOT, TIMESTAMP]) {
    server.load(new Map([[role, await served(role)]]));
  }
  const found = await repository.getTarget('latest', [RELEASES, TARGETS]);
  expect(found.role).toBe(RELEASES);
  expect(server.requests).toEqual([
    'timestamp',
    'snapshot by hash',
    'targets/alice by hash',
    'targets/releases by hash',
  ]);
  expect(await repository.listSignableRoles('v2')).toEqual(['targets/alice', RELEASES]);
});

test.each(['0.5.1', '0.6.1', '0.7.0'])(
  'a change that notary %s staged is read, and ours is written in the same form',
  async (version) => {
    const folder = new TrustDirectory(join(home, `notary-${version}`)).changeFolder(
      parseGun(`example.com/vec-${version}`),
    );
    const [name = ''] = await readdir(folder);
    const [staged] = await new ChangeList(folder, clock).list();
    expect(staged?.change).toMatchObject({
      kind: expect.stringMatching(/^(add|remove)-target$/),
      role: parseRoleName('targets'),
    });
    const ours = await mkdtemp(join(home, 'changes-'));
    if (staged) await new ChangeList(ours, clock).add(staged.change);
    const [written = ''] = await readdir(ours);
    const read = async (path: string) => {
      const { data, ...rest } = JSON.parse(await readFile(path, 'utf8'));
      return { ...rest, data: JSON.parse(Buffer.from(data, 'base64').toString()) };
    };
    expect(await read(join(ours, written))).toEqual(await read(join(folder, name)));
    expect(written).toMatch(/^\d{20}_[0-9a-f-]{36}\.change$/);
  },
);
