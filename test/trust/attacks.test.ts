import { describe, expect, test } from 'vitest';
import { RELEASES } from '../../src/trust/index.ts';
import {
  buildTargets,
  defaultExpires,
  formatEnvelope,
  formatRoot,
  formatTargets,
  parseEnvelope,
  type Signer,
  signMetadata,
  type TrustPinning,
} from '../../src/tuf/index.ts';
import { newCertificateSigner, newSigner } from '../tuf-repository.ts';
import { type Answers, all, readAll, seen } from './answers.ts';
import { ALICE, digest, GUN, RELEASES_FILE, readTag, START, World } from './world.ts';

interface Attack {
  /** In the catalogue of attacks. */
  readonly id: string;
  readonly what: string;
  stage(world: World): Promise<void>;
  readonly answers: Answers;
}

const EVIL = 66;
const expires = defaultExpires('targets', START);

/** Signs targets over delegations of the attacker's making, by the stolen keys of targets and of the server. */
async function delegate(world: World, name: string, signer: Signer, paths: readonly string[] = ['']): Promise<void> {
  const edition = await world.sign(3);
  const delegations = {
    keys: new Map([[signer.key.keyid as string, signer.key]]),
    roles: [{ name, keyids: [signer.key.keyid], threshold: 1, paths, extra: {} }],
    extra: {},
  };
  const signed = formatTargets({ ...buildTargets({ version: 3, expires }), delegations });
  const targets = await signMetadata(signed, [world.signers.targets]);
  const sealed = await world.seal({ ...edition, files: { ...edition.files, targets } });
  world.server.serve(sealed);
}

const ATTACKS: readonly Attack[] = [
  {
    id: 'T08',
    what: 'a new snapshot puts old targets beside a new delegation, by the stolen keys of the server',
    async stage(world) {
      const [older, newer] = [await world.sign(1), await world.sign(3)];
      world.server.serve(await world.seal({ ...newer, files: { ...newer.files, targets: older.files.targets } }));
    },
    answers: seen('edition 3', 'TUF_ROLLBACK'),
  },
  {
    id: 'T10',
    what: 'targets are served with more bytes than were promised',
    async stage(world) {
      await world.publish(3);
      world.server.tamper = (name, bytes) =>
        name === RELEASES_FILE && bytes ? Buffer.concat([Buffer.from('x'), bytes]) : bytes;
    },
    answers: all('TUF_CHECKSUM_MISMATCH'),
  },
  {
    id: 'T14',
    what: 'a delegation lists its key under the id of another',
    async stage(world) {
      const [own, other] = [world.signers[RELEASES_FILE], newSigner()];
      const roles = [{ name: RELEASES_FILE, keyids: [other.key.keyid], threshold: 1, paths: [''], extra: {} }];
      const keys = new Map([[other.key.keyid as string, own.key]]);
      await world.publish(3, { targets: { delegations: { keys, roles, extra: {} } } });
    },
    answers: {
      compat: { cold: 'edition 0', warm: 'edition 0' },
      strict: { cold: 'TRUST_ROLE_UNVERIFIED', warm: 'TRUST_ROLE_UNVERIFIED' },
    },
  },
  {
    id: 'T16',
    what: 'a role that two must sign is signed twice by one',
    async stage(world) {
      const bare = newSigner();
      world.signers = { ...world.signers, [RELEASES_FILE]: bare };
      const roles = [{ name: RELEASES_FILE, keyids: [bare.key.keyid], threshold: 2, paths: [''], extra: {} }];
      const keys = new Map([[bare.key.keyid as string, bare.key]]);
      const { files, ...edition } = await world.sign(3, { targets: { delegations: { keys, roles, extra: {} } } });
      const { canonical, signatures } = files[RELEASES_FILE];
      const twice = parseEnvelope(formatEnvelope(canonical, [...signatures, ...signatures]));
      world.server.serve(await world.seal({ ...edition, files: { ...files, [RELEASES_FILE]: twice } }));
    },
    answers: {
      compat: { cold: 'edition 0', warm: 'edition 0' },
      strict: { cold: 'TRUST_ROLE_UNVERIFIED', warm: 'TRUST_ROLE_UNVERIFIED' },
    },
  },
  {
    id: 'T25',
    what: 'what is signed is spelt with other blanks, which change no signature',
    async stage(world) {
      await world.publish(3);
      world.server.tamper = (name, bytes) =>
        name === RELEASES_FILE && bytes ? Buffer.from(bytes.toString().replaceAll('":', '": ')) : bytes;
    },
    answers: all('TUF_CHECKSUM_MISMATCH'),
  },
  {
    id: 'T26',
    what: 'targets delegate to a role whose name leads out of the trust directory',
    stage: (world) => delegate(world, 'targets/../../root', newSigner()),
    answers: all('TUF_INVALID'),
  },
  {
    id: 'T26',
    what: 'targets delegate to a role whose name has letters that names have not',
    stage: (world) => delegate(world, 'targets/Alice', newSigner()),
    answers: all('TUF_INVALID'),
  },
  {
    id: 'T28',
    what: 'targets delegate to a role that is no child of theirs',
    stage: (world) => delegate(world, 'targets/alice/deep', newSigner()),
    answers: all('TUF_INVALID'),
  },
  {
    id: 'T19',
    what: 'the root that is given as version 2 says it is version 5',
    async stage(world) {
      const root = world.rootOf(5);
      const rootFile = await signMetadata(formatRoot(root), [world.signers.root]);
      await world.publish(3, { root, rootFile });
      world.server.putRoot(2, rootFile.bytes);
    },
    answers: {
      compat: { cold: 'edition 3', warm: 'edition 3' },
      strict: { cold: 'edition 3', warm: 'TUF_ROOT_ROTATION' },
    },
  },
];

describe('verification, when', () => {
  for (const { id, what, stage, answers } of ATTACKS) {
    test(`${what} (${id})`, async () => {
      await using world = await World.create();
      expect(await readAll(world, () => stage(world))).toEqual(answers);
    });
  }

  test.each(['compat', 'strict'] as const)(
    'a target has no SHA-256, finds it in %s, for who takes it to say that it is no image (T30)',
    async (mode) => {
      await using world = await World.create();
      const file = { length: 730, hashes: new Map([['sha512', Buffer.alloc(64, EVIL)]]), extra: {} };
      await world.publish(2, { releases: { targets: new Map([['v1', file]]) } });
      const found = await world.client(mode).getTarget('v1', [RELEASES]);
      expect([...found.file.hashes.keys()]).toEqual(['sha512']);
    },
  );
});

describe('a root of the attacker’s own, or signed by a stolen root key (T18, K08)', () => {
  const MODES = ['compat', 'strict'] as const;

  test.each(MODES)('is taken by who has never seen another, in %s, and not by who has pinned one', async (mode) => {
    await using world = await World.create();
    const pinning: TrustPinning = {
      certificates: new Map([[GUN as string, [world.signers.root.key.keyid]]]),
      keys: new Map(),
      authorities: new Map(),
      isFirstUseRefused: false,
    };
    await world.publish(2);
    expect(await readTag(world.client(mode, { pinning }))).toBe('edition 2');
    world.rotate('root', 'targets', 'snapshot', 'timestamp', RELEASES_FILE, ALICE);
    const evil = { targets: new Map([['v1', digest(EVIL)]]) };
    await world.publish(3, { releases: evil });
    expect(await readTag(world.client(mode))).toBe(`edition ${EVIL}`);
    expect(await readTag(world.client(mode, { pinning }))).toMatch(/^TUF_(ROOT_INVALID|PIN)/);
  });

  test.each(MODES)(
    'is followed in %s by everybody who is not pinned, when the stolen key has signed it',
    async (mode) => {
      await using world = await World.create();
      await world.publish(2);
      const client = world.client(mode);
      expect(await readTag(client)).toBe('edition 2');
      const stolen = world.rotate('root', 'targets', 'snapshot', 'timestamp', RELEASES_FILE, ALICE);
      world.signers = { ...world.signers, root: newCertificateSigner(GUN) };
      const root = world.rootOf(2);
      const rootFile = await signMetadata(formatRoot(root), [stolen.root, world.signers.root]);
      await world.publish(3, { root, rootFile, releases: { targets: new Map([['v1', digest(EVIL)]]) } });
      expect(await readTag(client)).toBe(`edition ${EVIL}`);
    },
  );
});
