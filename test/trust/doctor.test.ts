import { expect, test } from 'vitest';
import { RemoteUnavailableError } from '../../src/notary/client/index.ts';
import { examineRoles, examineSigning, explainFailure, type Finding, TrustDirectory } from '../../src/trust/index.ts';
import { type Delegation, type PublicKey, parseTargets, TARGETS, type Targets } from '../../src/tuf/index.ts';
import { ALICE, DAY_MS, type EditionChange, RELEASES_FILE, World } from './world.ts';

async function delegationsOf(world: World): Promise<Targets['delegations']> {
  return parseTargets(TARGETS, (await world.sign(2)).files.targets.signed).delegations;
}

/** What the doctor says of a collection, from a machine with these keys. */
async function examined(
  world: World,
  change: EditionChange,
  keys: readonly PublicKey[] = [],
  ahead = 0,
): Promise<readonly Finding[]> {
  await world.publish(2, change);
  const collection = await world.client('compat').updateExpired();
  const workplace = {
    keys: keys.map(({ canonicalKeyid }) => ({ keyid: canonicalKeyid, role: 'alice', gun: undefined })),
    directory: new TrustDirectory('/home/alice/.docker/trust'),
    now: new Date(world.now.getTime() + ahead),
  };
  return [...examineRoles(collection, workplace), ...examineSigning(collection, 'v1', workplace)];
}

const codes = (findings: readonly Finding[]): string[] => findings.map(({ severity, code }) => `${severity} ${code}`);

test('the doctor says that a threshold cannot be reached, and what is left out for it', async () => {
  await using world = await World.create();
  const { roles, keys } = await delegationsOf(world);
  const two = roles.map((role): Delegation => (role.name === RELEASES_FILE ? { ...role, threshold: 2 } : role));
  const found = await examined(world, { targets: { delegations: { roles: two, keys, extra: {} } } });
  expect(found.map(({ says }) => says)).toEqual(
    expect.arrayContaining([
      'targets/releases needs 2 signatures and lists 1 different key: nobody can ever sign it.',
      'Nothing that targets/releases signed counts: valid signatures did not meet threshold for targets/releases.',
    ]),
  );
});

test('the doctor says that a signer signs in vain whose keys are not in releases', async () => {
  await using world = await World.create();
  const found = await examined(world, {}, [world.signers[ALICE].key]);
  expect(codes(found)).toEqual(['ok ROLES', 'ok CAN_SIGN', 'problem NOT_RELEASED', 'warning SIGNER_NOT_RELEASED']);
});

test('the doctor says that no delegation admits the tag', async () => {
  await using world = await World.create();
  const { roles, keys } = await delegationsOf(world);
  const narrow = roles.map((role): Delegation => ({ ...role, paths: ['dev-'] }));
  const found = await examined(world, { targets: { delegations: { roles: narrow, keys, extra: {} } } });
  expect(codes(found)).toContain('problem NO_ROLE_ADMITS');
});

test('the doctor says that there is no role that docker looks tags up in', async () => {
  await using world = await World.create();
  const { roles, keys } = await delegationsOf(world);
  const alone = roles.filter(({ name }) => name === ALICE);
  const found = await examined(world, { targets: { delegations: { roles: alone, keys, extra: {} } } });
  expect(codes(found)).toContain('warning NO_RELEASES');
});

test.each([
  ['behind', -90 * DAY_MS, 'warning CLOCK_BEHIND'],
  ['ahead', 20 * DAY_MS, 'problem TIMESTAMP_EXPIRED'],
])('the doctor says that the clock may be %s', async (_, ahead, expected) => {
  await using world = await World.create();
  expect(codes(await examined(world, {}, [], ahead))).toContain(expected);
});

test('the doctor says that the server wants a login', () => {
  expect(explainFailure('example.com/app', new RemoteUnavailableError(401))).toEqual({
    severity: 'problem',
    code: 'NOTARY_REMOTE_UNAVAILABLE',
    says: 'Trust data of example.com/app cannot be fetched: you are not authorized to perform this operation: server returned 401.',
    remedy: 'log in: trustsandbox login REGISTRY',
  });
  expect(() => explainFailure('example.com/app', new TypeError('a bug'))).toThrow('a bug');
});
