import { describe, expect, test } from 'vitest';
import { NetworkError, RemoteUnavailableError } from '../../src/notary/client/index.ts';
import { RELEASES } from '../../src/trust/index.ts';
import {
  buildTargets,
  defaultExpires,
  formatRoot,
  formatTargets,
  signMetadata,
  type Targets,
} from '../../src/tuf/index.ts';
import { newCertificateSigner } from '../tuf-repository.ts';
import { type Answers, all, readAll, seen } from './answers.ts';
import { ALICE, DAY_MS, digest, type FileName, GUN, RELEASES_FILE, readTag, World } from './world.ts';

interface Scenario {
  /** In the catalogue of attacks. */
  readonly id: string;
  readonly attack: string;
  /** Edition 2 has been read by the warm; brings about what all then meet. */
  stage(world: World): Promise<void>;
  readonly answers: Answers;
}

/** What an attacker signs for `v1`. */
const EVIL = 66;
const evil: Partial<Targets> = { targets: new Map([['v1', digest(EVIL)]]) };
const taken = `edition ${EVIL}`;

/** Signs a next root by whom it may be, and serves it with the rest of an edition. */
async function publishRoot(
  world: World,
  version: number,
  by: readonly FileName[],
  signers = world.signers,
): Promise<void> {
  const root = world.rootOf(version);
  const rootFile = await signMetadata(
    formatRoot(root),
    by.map((name) => signers[name]),
  );
  await world.publish(3, { root, rootFile });
}

const SCENARIOS: readonly Scenario[] = [
  {
    id: 'A11',
    attack: 'the metadata of another repository is served',
    async stage(world) {
      const before = world.signers;
      world.signers = { ...before, root: newCertificateSigner('example.com/team/other') };
      await world.publish(3, { root: world.rootOf(2) });
    },
    answers: all('TUF_ROOT_INVALID'),
  },
  {
    id: 'T01',
    attack: 'an older timestamp is served again',
    async stage(world) {
      world.server.serve(await world.publish(1));
    },
    answers: seen('edition 1', 'TUF_ROLLBACK'),
  },
  {
    id: 'T02',
    attack: 'a new timestamp is signed over an older snapshot',
    async stage(world) {
      const older = await world.sign(1);
      world.server.serve({
        ...older,
        files: { ...older.files, timestamp: await world.stamp(older.files.snapshot, 3) },
      });
    },
    answers: seen('edition 1', 'TUF_ROLLBACK'),
  },
  {
    id: 'T03',
    attack: 'a new snapshot is signed over older targets, by the stolen keys of the server',
    async stage(world) {
      world.server.serve(await world.seal({ ...(await world.sign(1)), version: 3 }));
    },
    answers: seen('edition 1', 'TUF_ROLLBACK'),
  },
  {
    id: 'T04',
    attack: 'a new snapshot is signed over an older delegation',
    async stage(world) {
      const [older, newer] = [await world.sign(1), await world.sign(3)];
      const files = { ...newer.files, [RELEASES_FILE]: older.files[RELEASES_FILE] };
      world.server.serve(await world.seal({ ...newer, files }));
    },
    answers: seen('edition 1', 'TUF_ROLLBACK'),
  },
  {
    id: 'T05',
    attack: 'nothing new is served, until the timestamp runs out',
    async stage(world) {
      world.now = new Date(world.now.getTime() + 15 * DAY_MS);
    },
    answers: all('TUF_EXPIRED'),
  },
  {
    id: 'T06',
    attack: 'the server gives an error for the timestamp',
    async stage(world) {
      await world.publish(3);
      world.server.pause = async () => {
        if (world.server.requests.at(-1) === 'timestamp') throw new RemoteUnavailableError(500);
      };
    },
    answers: {
      compat: { cold: 'NOTARY_REMOTE_UNAVAILABLE', warm: 'edition 2' },
      strict: { cold: 'NOTARY_REMOTE_UNAVAILABLE', warm: 'NOTARY_REMOTE_UNAVAILABLE' },
    },
  },
  {
    id: 'T06',
    attack: 'the server cannot be reached',
    async stage(world) {
      await world.publish(3);
      world.server.pause = async () => {
        throw new NetworkError('dial tcp 127.0.0.1:4443: connect: connection refused');
      };
    },
    answers: {
      compat: { cold: 'NOTARY_NETWORK', warm: 'edition 2' },
      strict: { cold: 'NOTARY_NETWORK', warm: 'NOTARY_NETWORK' },
    },
  },
  {
    id: 'T07',
    attack: 'targets of one edition are served with the snapshot of another',
    async stage(world) {
      const old = await world.sign(1);
      await world.publish(3);
      world.server.tamper = (name, bytes) => (name === RELEASES_FILE ? old.files[RELEASES_FILE].bytes : bytes);
    },
    answers: all('TUF_CHECKSUM_MISMATCH'),
  },
  {
    id: 'T10',
    attack: 'a timestamp without end is served',
    async stage(world) {
      world.server.tamper = (name, bytes) => (name === 'timestamp' ? Buffer.alloc(4 << 20, ' ') : bytes);
    },
    answers: all('TUF_MALFORMED'),
  },
  {
    id: 'T11',
    attack: 'the snapshot leaves a delegation out, by the stolen keys of the server',
    async stage(world) {
      world.server.serve(await world.seal(await world.sign(3), { without: [RELEASES_FILE] }));
    },
    answers: {
      compat: { cold: 'edition 0', warm: 'edition 0' },
      strict: { cold: 'edition 0', warm: 'TUF_SUPPRESSED' },
    },
  },
  {
    id: 'T11',
    attack: 'the snapshot leaves a delegation out that has had other keys since and not signed with them',
    async stage(world) {
      world.rotate(RELEASES_FILE);
      const edition = await world.sign(3);
      world.server.serve(await world.seal(edition, { without: [RELEASES_FILE] }));
    },
    answers: all('edition 0'),
  },
  {
    id: 'T17',
    attack: 'another root, signed by its own key alone, takes the place of the one known',
    async stage(world) {
      world.rotate('root');
      await publishRoot(world, 2, ['root']);
    },
    answers: seen('edition 3', 'TUF_ROOT_ROTATION'),
  },
  {
    id: 'T17',
    attack: 'another root takes the place of the one known, under the same version',
    async stage(world) {
      world.rotate('root');
      await publishRoot(world, 1, ['root']);
    },
    answers: seen('edition 3', 'TUF_ROOT_ROTATION'),
  },
  {
    id: 'T19',
    attack: 'the root in between two others is hidden',
    async stage(world) {
      const first = world.rotate('root');
      const second = await signMetadata(formatRoot(world.rootOf(2)), [first.root, world.signers.root]);
      await world.publish(3, { root: world.rootOf(2), rootFile: second });
      const between = world.rotate('root');
      const third = await signMetadata(formatRoot(world.rootOf(3)), [between.root, world.signers.root]);
      await world.publish(4, { root: world.rootOf(3), rootFile: third });
      world.server.tamper = (name, bytes) => (name === 'root version 2' ? undefined : bytes);
    },
    answers: seen('edition 4', 'TRUST_ROOT_GAP'),
  },
  {
    id: 'T19',
    attack: 'the server keeps no versions of root, and gives the next one by its hash',
    async stage(world) {
      const before = world.rotate('timestamp', 'targets');
      const rootFile = await signMetadata(formatRoot(world.rootOf(2)), [before.root]);
      await world.publish(3, { root: world.rootOf(2), rootFile });
      world.server.tamper = (name, bytes) => (name.startsWith('root version') ? undefined : bytes);
    },
    answers: all('edition 3'),
  },
  {
    id: 'T20',
    attack: 'a root is signed by the old key and not by the new',
    async stage(world) {
      const before = world.rotate('root');
      await publishRoot(world, 2, ['root'], before);
    },
    answers: all('TUF_ROOT_INVALID'),
  },
  {
    id: 'T21',
    attack: 'targets have run out, and nobody signs them again',
    async stage(world) {
      const known = world.rootOf(1);
      world.now = new Date(world.now.getTime() + 3.1 * 365 * DAY_MS);
      const { files, root } = await world.sign(3, { root: known, targets: { expires: '2027-01-01T00:00:00Z' } });
      world.server.serve(await world.seal({ version: 3, root, files }));
    },
    answers: all('TUF_EXPIRED'),
  },
  {
    id: 'T27',
    attack: 'a delegation signs a tag that its paths do not admit',
    async stage(world) {
      const { roles, keys } = await delegationsOf(world);
      const narrow = roles.map((role) => ({ ...role, paths: ['dev-'] }));
      await world.publish(3, {
        targets: { delegations: { roles: narrow, keys, extra: {} } },
        releases: evil,
        alice: evil,
      });
    },
    answers: all('edition 0'),
  },
  {
    id: 'T29',
    attack: 'a signer is removed, and what they signed is still served',
    async stage(world) {
      const before = world.rotate(RELEASES_FILE);
      const { files, ...edition } = await world.sign(3);
      const signed = files[RELEASES_FILE].signed;
      const left = await signMetadata(signed, [before[RELEASES_FILE]]);
      world.server.serve(await world.seal({ ...edition, files: { ...files, [RELEASES_FILE]: left } }));
    },
    answers: {
      compat: { cold: 'edition 0', warm: 'edition 0' },
      strict: { cold: 'TRUST_ROLE_UNVERIFIED', warm: 'TRUST_ROLE_UNVERIFIED' },
    },
  },
  {
    id: 'S03',
    attack: 'two people are told two things under one version',
    async stage(world) {
      await world.publish(2, { releases: evil });
    },
    answers: {
      compat: { cold: taken, warm: taken },
      strict: { cold: taken, warm: 'TUF_SAME_VERSION' },
    },
  },
];

async function delegationsOf(world: World): Promise<Targets['delegations']> {
  const { parseTargets, TARGETS } = await import('../../src/tuf/index.ts');
  return parseTargets(TARGETS, (await world.sign(3)).files.targets.signed).delegations;
}

describe('verification, when', () => {
  for (const { id, attack, stage, answers } of SCENARIOS) {
    test(`${attack} (${id})`, async () => {
      await using world = await World.create();
      expect(await readAll(world, () => stage(world))).toEqual(answers);
    });
  }

  test.each([
    { mode: 'compat', first: 'TUF_ROLLBACK', second: 'edition 3' },
    { mode: 'strict', first: 'edition 3', second: 'edition 3' },
  ] as const)(
    'a far version was taken and its key then replaced, recovers in $mode: first $first, then $second (T09)',
    async ({ mode, first, second }) => {
      await using world = await World.create();
      const edition = await world.publish(2);
      const client = world.client(mode);
      world.server.put('timestamp', (await world.stamp(edition.files.snapshot, 2 ** 31)).bytes);
      expect(await readTag(client)).toBe('edition 2');
      world.rotate('timestamp');
      await publishRoot(world, 2, ['root']);
      expect([await readTag(client), await readTag(client)]).toEqual([first, second]);
    },
  );

  test.each(['compat', 'strict'] as const)(
    'the certificate of the root that is known has run out, follows the next one in %s (T22)',
    async (mode) => {
      await using world = await World.create();
      world.signers = {
        ...world.signers,
        root: newCertificateSigner(GUN, { notAfter: new Date('2027-01-01T00:00:00Z') }),
      };
      await world.publish(2);
      const client = world.client(mode);
      expect(await readTag(client)).toBe('edition 2');
      const before = world.rotate('root');
      world.now = new Date('2027-06-01T00:00:00Z');
      const rootFile = await signMetadata(formatRoot(world.rootOf(2)), [before.root, world.signers.root]);
      await world.publish(3, { root: world.rootOf(2), rootFile });
      expect(await readTag(client)).toBe('edition 3');
    },
  );

  test('a root is expired and nobody signed another, refuses in both modes', async () => {
    await using world = await World.create();
    await world.publish(2);
    const clients = [world.client('compat'), world.client('strict')];
    for (const client of clients) await readTag(client);
    world.now = new Date(world.now.getTime() + 11 * 365 * DAY_MS);
    for (const client of clients) expect(await readTag(client)).toMatch(/^TUF_(EXPIRED|ROOT_INVALID)$/);
  });

  test.each([
    { mode: 'compat', answer: true },
    { mode: 'strict', answer: 'TUF_LENGTH_MISMATCH' },
  ] as const)(
    'the size signed beside a digest is not what is there, answers $answer in $mode (T31)',
    async ({ mode, answer }) => {
      await using world = await World.create();
      await world.publish(2);
      const client = world.client(mode);
      const found = await client.getTarget('v1', [RELEASES]);
      const compared = client.verifySize(found, async () => found.file.length + 1);
      expect(await compared.catch(({ code }) => code)).toBe(answer);
      expect(await client.verifySize(found, async () => found.file.length)).toBe(true);
    },
  );

  test('a server answers drop by drop, strictly comes to an end (N03)', async () => {
    await using world = await World.create();
    await world.publish(2);
    world.server.pause = (signal) =>
      new Promise((_, reject) => {
        if (signal?.aborted) reject(signal.reason);
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    expect(await readTag(world.client('strict', { updateMs: 1 }))).toBe('TRUST_TOO_SLOW');
  });

  test('the file that came too late is the one that is told of, and nothing more is asked for', async () => {
    await using world = await World.create();
    await world.publish(2);
    const client = world.client('strict', { updateMs: 50 });
    world.server.pause = async (signal) => {
      if (world.server.requests.at(-1) !== 'timestamp') return;
      await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    };
    await expect(client.update()).rejects.toThrow('timestamp, the current one was not there 0.05 s after');
    expect(world.server.requests.at(-1)).toBe('timestamp');
  });

  test('there are more delegations than anybody follows, strictly comes to an end', async () => {
    await using world = await World.create();
    const { files, ...edition } = await world.sign(2);
    const { keys, roles } = await delegationsOf(world);
    const [first] = roles;
    if (!first) throw new Error('no delegation to copy');
    const names = Array.from({ length: 600 }, (_, index) => `targets/role-${index}`);
    const many = names.map((name) => ({ ...first, name }));
    const expires = defaultExpires('targets', world.now);
    const targets = { ...buildTargets({ version: 2, expires }), delegations: { keys, roles: many, extra: {} } };
    const targetsFile = await signMetadata(formatTargets(targets), [world.signers.targets]);
    const sealed = await world.seal({ ...edition, files: { ...files, targets: targetsFile } }, { more: names });
    world.server.serve(sealed);
    expect(await readTag(world.client('strict'))).toBe('TRUST_TOO_MANY_DELEGATIONS');
  });
});

/** Whoever holds these keys signs what they can, and serves it. */
const COMPROMISES: readonly { readonly keys: readonly FileName[]; readonly cold: string; readonly warm: string }[] = [
  { keys: [ALICE], cold: 'TUF_CHECKSUM_MISMATCH', warm: 'TUF_CHECKSUM_MISMATCH' },
  { keys: ['timestamp'], cold: 'TUF_THRESHOLD', warm: 'TUF_THRESHOLD' },
  { keys: ['snapshot'], cold: 'TUF_CHECKSUM_MISMATCH', warm: 'TUF_CHECKSUM_MISMATCH' },
  { keys: ['targets'], cold: 'TUF_CHECKSUM_MISMATCH', warm: 'TUF_CHECKSUM_MISMATCH' },
  { keys: [RELEASES_FILE], cold: 'TUF_CHECKSUM_MISMATCH', warm: 'TUF_CHECKSUM_MISMATCH' },
  { keys: ['timestamp', 'snapshot', RELEASES_FILE], cold: taken, warm: taken },
  { keys: ['timestamp', 'snapshot', 'targets'], cold: taken, warm: taken },
];

describe('keys that are stolen', () => {
  for (const { keys, cold, warm } of COMPROMISES) {
    test(`${keys.join(', ')}: ${cold} without a cache, ${warm} with one`, async () => {
      await using world = await World.create();
      expect(await readAll(world, () => attack(world, keys))).toEqual(seen(cold, warm));
    });
  }

  /** With the key of targets other delegations can be listed, by keys of one's own. */
  async function attack(world: World, keys: readonly FileName[]): Promise<void> {
    const honest = await world.sign(3);
    const own = world.rotate('timestamp', 'snapshot', 'targets', RELEASES_FILE, ALICE);
    const thiefs = { ...world.signers, root: own.root };
    world.signers = { ...thiefs, ...Object.fromEntries(keys.map((name) => [name, own[name]])) };
    const forged = await world.sign(3, { root: honest.root, releases: evil, alice: evil });
    const has = (name: FileName) => keys.includes(name);
    const canRelease = has(RELEASES_FILE) || has('targets');
    const files = {
      root: honest.files.root,
      targets: has('targets') ? forged.files.targets : honest.files.targets,
      [RELEASES_FILE]: canRelease ? forged.files[RELEASES_FILE] : honest.files[RELEASES_FILE],
      [ALICE]: has(ALICE) || has('targets') ? forged.files[ALICE] : honest.files[ALICE],
    };
    const sealed = await world.seal({ version: 3, root: honest.root, files });
    const { timestamp, snapshot } = sealed.files;
    world.server.serve({
      ...sealed,
      files: {
        ...sealed.files,
        timestamp: has('timestamp') ? timestamp : honest.files.timestamp,
        snapshot: has('snapshot') ? snapshot : honest.files.snapshot,
      },
    });
    // who asks for a file by the hash that was promised gets the forged one
    const served = {
      ...sealed.files,
      snapshot: has('snapshot') || has('timestamp') ? snapshot : honest.files.snapshot,
    };
    world.server.tamper = (name, bytes) => {
      const found = served[name as FileName];
      return name === 'timestamp' || name.startsWith('root') || !found ? bytes : found.bytes;
    };
  }
});
