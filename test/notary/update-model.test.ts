import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/index.ts';
import {
  acceptDelegation,
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  acceptTimestamp,
  type Gun,
  getDelegationRole,
  parseEnvelope,
  parseGun,
  type RoleName,
  type Root,
  signMetadata,
  type Targets,
  type Trusted,
} from '../../src/tuf/index.ts';
import { newSigner, TEST_NOW } from '../tuf-repository.ts';
import {
  type CollectionState,
  DELEGATIONS,
  type PlannedUpdate,
  plan,
  planFirst,
  type Step,
} from './collection-model.ts';
import { files as filesOf, type RunningServer, startServer } from './running-server.ts';

/*
 * Updates made up at random from a model of a collection: what its owner may do, and what spoils an update. What the rules allow
 * is taken, and a client that knows nothing reads and verifies all of it; what they forbid is refused, and nothing changes.
 */
let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const now = TEST_NOW;

/** What a client without any state finds, from the first root on. */
async function readAll(gun: Gun): Promise<{ root: Trusted<Root>; tree: Map<string, Targets>; timestamp: string }> {
  const { client } = server;
  const get = (role: string, query = {}) => client.getMetadata(gun, role as RoleName, query);
  let root: Trusted<Root> | undefined;
  for (let version = 1; ; version += 1) {
    const bytes = await get('root', { version }).catch(() => undefined);
    if (!bytes) break;
    root = acceptRoot(parseEnvelope(bytes), { gun, now, trusted: root });
  }
  if (!root) throw new Error('no root');
  const newest = acceptRoot(parseEnvelope(await get('root')), { gun, now });
  expect(newest.version).toBe(root.version);
  const bytes = await get('timestamp');
  const timestamp = acceptTimestamp(root, parseEnvelope(bytes), { now });
  const byHash = async (role: string, meta: ReadonlyMap<string, { hashes: ReadonlyMap<string, Buffer> }>) =>
    parseEnvelope(await get(role, { sha256: meta.get(role)?.hashes.get('sha256')?.toString('hex') }));
  const snapshot = acceptSnapshot(root, timestamp, await byHash('snapshot', timestamp.meta), { now });
  const tree = new Map<RoleName, Targets>();
  tree.set('targets' as RoleName, acceptTargets(root, snapshot, await byHash('targets', snapshot.meta), { now }));
  for (const name of DELEGATIONS.filter((each) => snapshot.meta.has(each))) {
    const role = getDelegationRole(root, tree, name as RoleName);
    tree.set(name as RoleName, acceptDelegation(role, snapshot, await byHash(name, snapshot.meta), { now }));
  }
  return { root, tree, timestamp: bytes.toString() };
}

function summaryOf({ root, targets }: CollectionState) {
  return summary(root.version, targets);
}
function summary(rootVersion: number, tree: ReadonlyMap<string, Targets>) {
  const roles = [...tree].map(([role, { version, targets }]) => [role, version, [...targets.keys()].sort()] as const);
  return { root: rootVersion, roles: roles.sort(([a], [b]) => (a < b ? -1 : 1)) };
}

const names = fc.uniqueArray(fc.constantFrom('latest', 'v1', 'v2', 'ü', 'a/b'), { maxLength: 3 });
const role = fc.constantFrom(...DELEGATIONS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('nothing' as const) }),
  fc.record({ kind: fc.constant('targets' as const), names, by: fc.integer({ min: 1, max: 3 }) }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delegate' as const), role }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delegated' as const), role, names }) },
  fc.record({ kind: fc.constant('rotate-root' as const) }),
  fc.record({ kind: fc.constant('rotate-targets' as const) }),
  fc.record({
    kind: fc.constant('rotate-server-key' as const),
    role: fc.constantFrom('timestamp' as const, 'snapshot' as const),
  }),
);

/** Spoils an update that would be taken; `undefined` where it cannot be spoilt so. */
type Spoil = (update: PlannedUpdate, state: CollectionState) => Promise<ReadonlyMap<string, Buffer> | undefined>;

async function resign(
  bytes: Buffer,
  edit: (signed: JsonObject) => JsonObject,
  signers: Parameters<typeof signMetadata>[1],
) {
  return Buffer.from((await signMetadata(edit(parseEnvelope(bytes).signed), signers)).bytes);
}
const editOne =
  (change: (bytes: Buffer, role: string, state: CollectionState) => Promise<Buffer | undefined>): Spoil =>
  async ({ files }, state) => {
    const [first] = files;
    const changed = first && (await change(first[1], first[0], state));
    return first && changed && new Map([...files, [first[0], changed]]);
  };

const SPOILS: Readonly<Record<string, Spoil>> = {
  'signed by a stranger': editOne((bytes) => resign(bytes, (signed) => signed, [newSigner()])),
  'not signed': editOne((bytes) => resign(bytes, (signed) => signed, [])),
  'changed after it was signed': editOne(async (bytes) => {
    const text = bytes.toString().replace(/"expires":"20/, '"expires":"21');
    return Buffer.from(text);
  }),
  'of another type': editOne((bytes) => resign(bytes, (signed) => ({ ...signed, _type: 'Mirrors' }), [newSigner()])),
  'targets that are not newer': async ({ files }, state) => {
    const bytes = files.get('targets');
    const current = state.targets.get('targets')?.version;
    if (!bytes || files.has('root') || current === undefined) return undefined;
    const old = await resign(bytes, (signed) => ({ ...signed, version: current }), [state.signers.targets]);
    return new Map([...files, ['targets', old]]);
  },
  'a root two versions on': async ({ files, after }, state) => {
    const bytes = files.get('root');
    if (!bytes || state.files.size === 0) return undefined;
    const signers = [state.signers.root, after.signers.root];
    return new Map([
      ...files,
      ['root', await resign(bytes, (signed) => ({ ...signed, version: state.root.version + 2 }), signers)],
    ]);
  },
  'a root by its own new key alone': async ({ files, after }, state) => {
    const bytes = files.get('root');
    if (!bytes || after.signers.root === state.signers.root) return undefined;
    return new Map([...files, ['root', await resign(bytes, (signed) => signed, [after.signers.root])]]);
  },
  'a delegation nobody made': async ({ files }, state) => {
    const bytes = state.files.get('targets');
    if (!bytes) return undefined;
    const own = await resign(bytes, (signed) => ({ ...signed, version: 1 }), [state.signers.targets]);
    return new Map([...files, ['targets/stranger', own]]);
  },
  'a snapshot by a stranger': async ({ files }, state) => {
    const bytes = state.files.get('root');
    if (!bytes) return undefined;
    const meta = {
      root: { length: 1, hashes: { sha256: 'AA==' } },
      targets: { length: 1, hashes: { sha256: 'AA==' } },
    };
    const content = { _type: 'Snapshot', version: 99, expires: '2030-01-01T00:00:00Z', meta };
    return new Map([...files, ['snapshot', Buffer.from((await signMetadata(content, [newSigner()])).bytes)]]);
  },
  'a snapshot left out by whoever has its key': async ({ files }, state) => {
    if (!state.signers.snapshot || files.size < 2) return undefined;
    return new Map([...files].filter(([name]) => name !== 'snapshot'));
  },
  'a snapshot of files that are others': async ({ files }, state) => {
    const snapshot = files.get('snapshot');
    const changed = [...files.keys()].find((name) => name.startsWith('targets'));
    if (!snapshot || !changed || !state.signers.snapshot) return undefined;
    const wrong = (signed: JsonObject): JsonObject => {
      const meta = signed.meta as JsonObject;
      return { ...signed, meta: { ...meta, [changed]: meta.root ?? null } };
    };
    return new Map([...files, ['snapshot', await resign(snapshot, wrong, [state.signers.snapshot])]]);
  },
};

const action = fc.record({ step, spoil: fc.option(fc.constantFrom(...Object.keys(SPOILS)), { nil: undefined }) });
let count = 0;

test('what the rules allow verifies for everybody, and what they forbid changes nothing', {
  timeout: 120_000,
}, async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(action, { minLength: 1, maxLength: 8 }),
      async (hasSnapshotKey, actions) => {
        const { client } = server;
        count += 1;
        const gun = parseGun(`example.com/model${count}`);
        const keys = {
          timestamp: await client.getKey(gun, 'timestamp'),
          snapshot: await client.getKey(gun, 'snapshot'),
        };
        const first = await planFirst(gun, keys, hasSnapshotKey);
        await client.publish(gun, filesOf(Object.fromEntries(first.files)));
        let state = first.after;
        for (const { step: next, spoil } of actions) {
          const update = await plan(gun, state, next, (of) => client.rotateKey(gun, of));
          if (!update) continue;
          const before = await readAll(gun);
          const spoilt = spoil === undefined ? undefined : await SPOILS[spoil]?.(update, state);
          if (spoilt) {
            seen.set(spoil ?? '', (seen.get(spoil ?? '') ?? 0) + 1);
            await expect(client.publish(gun, filesOf(Object.fromEntries(spoilt))), spoil).rejects.toThrow();
            expect((await readAll(gun)).timestamp, spoil).toBe(before.timestamp);
            continue;
          }
          seen.set(next.kind, (seen.get(next.kind) ?? 0) + 1);
          await client.publish(gun, filesOf(Object.fromEntries(update.files)));
          state = update.after;
          const { root, tree } = await readAll(gun);
          expect(summary(root.version, tree), next.kind).toEqual(summaryOf(state));
        }
      },
    ),
    { numRuns: 60, seed: 20261124 },
  );
  expect([...seen.keys()].sort()).toEqual([...Object.keys(SPOILS), ...STEP_KINDS].sort()); // each was tried
});

const STEP_KINDS: readonly Step['kind'][] = [
  ...(['nothing', 'targets', 'delegate', 'delegated', 'rotate-root', 'rotate-targets', 'rotate-server-key'] as const),
];
