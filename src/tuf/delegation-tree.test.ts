import { describe, expect, test } from 'vitest';
import { newRepository, newSigner, newTarget, TEST_NOW } from '../../test/tuf-repository.ts';
import { findTarget, getDelegationRole, walkTargets } from './delegation-tree.ts';
import { defaultExpires } from './lifetime.ts';
import { parseRoleName, type RoleName } from './role-name.ts';
import { buildTargets, type Delegation, type Targets } from './targets.ts';

const key = newSigner().key;
const role = parseRoleName;

function targetsWith(names: string[], delegations: Record<string, string[]> = {}): Targets {
  const roles: Delegation[] = Object.entries(delegations).map(([name, paths]) => {
    return { name, paths, keyids: [key.keyid], threshold: 1, extra: {} };
  });
  return {
    ...buildTargets({ expires: defaultExpires('targets', TEST_NOW) }),
    targets: new Map(names.map((name) => [name, newTarget(name)])),
    delegations: { keys: new Map([[key.keyid, key]]), roles, extra: {} },
  };
}

const { root } = newRepository('example.com/a');
const tree = new Map<RoleName, Targets>([
  [role('targets'), targetsWith(['latest'], { 'targets/releases': [''], 'targets/a': ['a/', 'b/'] })],
  [role('targets/releases'), targetsWith(['latest', 'v1'])],
  [role('targets/a'), targetsWith(['a/1', 'c/1'], { 'targets/a/x': ['a/x', 'c/'], 'targets/a/y': ['b/y'] })],
  [role('targets/a/x'), targetsWith(['a/x1', 'c/1'])],
  [role('targets/a/y'), targetsWith(['b/y1'])],
]);
const names = (options: Parameters<typeof walkTargets>[2]) =>
  [...walkTargets(root, tree, options)].map((step) => String(step.role.name));

describe('walkTargets', () => {
  test('goes breadth first', () => {
    expect(names({})).toEqual(['targets', 'targets/releases', 'targets/a', 'targets/a/x', 'targets/a/y']);
  });

  test.each([
    ['a/x1', ['targets', 'targets/releases', 'targets/a', 'targets/a/x']],
    ['b/y1', ['targets', 'targets/releases', 'targets/a', 'targets/a/y']],
    ['c/1', ['targets', 'targets/releases']],
  ])('visits the roles that may name %s', (path, expected) => {
    expect(names({ path })).toEqual(expected);
  });

  test('stays under a role, and out of those to skip', () => {
    expect(names({ under: role('targets/a') })).toEqual(['targets/a', 'targets/a/x', 'targets/a/y']);
    expect(names({ skip: [role('targets/a')] })).toEqual(['targets', 'targets/releases']);
  });
});

describe('findTarget', () => {
  const order = [role('targets/releases'), role('targets')];

  test('asks the roles in their order', () => {
    expect(findTarget(root, tree, 'latest', order)?.role).toBe('targets/releases');
    expect(findTarget(root, tree, 'latest')?.role).toBe('targets');
    expect(findTarget(root, tree, 'b/y1', order)?.role).toBe('targets/a/y');
  });

  test('does not see a target outside the paths of its role', () => {
    expect(findTarget(root, tree, 'c/1', order)).toBeUndefined();
  });
});

describe('getDelegationRole', () => {
  test('has the keys and paths its parent lists', () => {
    const found = getDelegationRole(root, tree, role('targets/a/x'));
    expect([...found.keys.keys()]).toEqual([key.keyid]);
    expect(found.paths).toEqual(['a/x', 'c/']);
  });

  test('refuses a role nobody delegates to', () => {
    expect(() => getDelegationRole(root, tree, role('targets/alice'))).toThrow(
      'tuf: invalid role targets/alice. delegation does not exist',
    );
  });
});
