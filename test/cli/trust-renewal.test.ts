import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateKey } from '../../src/cli/trust/key-generate.ts';
import { renewRepositories } from '../../src/cli/trust/renew.ts';
import { rotateRepositoryKeys } from '../../src/cli/trust/rotate-repository.ts';
import { rotateRootKeys } from '../../src/cli/trust/rotate-root.ts';
import { rotateSignerKeys } from '../../src/cli/trust/rotate-signer.ts';
import { openKeyStore } from '../../src/cli/trust/trust-context.ts';
import { RELEASES } from '../../src/trust/index.ts';
import { type RoleName, TARGETS } from '../../src/tuf/index.ts';
import { ALICE, file, type Machine, type Machines, openMachines, R } from './trust-machines.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let machines: Machines;
beforeEach(async () => {
  machines = await openMachines();
});
afterEach(() => machines[Symbol.asyncDispose]());

const later = (days: number): void => machines.clock.set(new Date(machines.clock.now().getTime() + days * DAY_MS));
const machine = (name?: string): Promise<Machine> => machines.machine(name);

const code = (code: string) => expect.objectContaining({ code });

describe('trust renew', () => {
  test('brings a repository back whose targets have expired, which nothing else can', async () => {
    await machines.signed();
    later(4 * 365);
    const { context, repository, said } = await machine();
    await expect(repository.getTarget('v1', [RELEASES])).rejects.toThrow(code('TUF_EXPIRED'));
    await repository.addTarget('v2', file, [ALICE]);
    await expect(repository.publish()).rejects.toThrow(code('TUF_EXPIRED'));
    await renewRepositories([R], 183, context);
    expect(said().stdout).toContain(`Renewed targets, targets/alice, targets/releases of ${R}\n`);
    expect((await repository.getTarget('v1', [RELEASES])).role).toBe(RELEASES);
    expect(await repository.changes.show()).toHaveLength(1); // what was staged still is
    await repository.publish();
  });

  test('leaves alone what holds for long, and renews it when asked for everything', async () => {
    await machines.signed();
    const { context, said, repository } = await machine();
    await renewRepositories([R], 183, context);
    expect(said().stdout).toBe(`Nothing renewed of ${R}\n`);
    await renewRepositories([R], 36_500, context);
    expect(said().stdout).toContain('Renewed root, targets, targets/alice, targets/releases of');
    expect((await repository.update()).root.version).toBe(2);
  });

  test('gives the root key a new certificate where the old one runs out, and old readers follow', async () => {
    await machines.signed();
    const reader = await machine('reader');
    const before = await reader.repository.update();
    later(10 * 365 - 30);
    const { context, repository, said } = await machine();
    await renewRepositories([R], 183, context);
    expect(said().stdout).toContain('Renewed root, targets');
    expect((await repository.update()).root.version).toBe(2);
    const after = await (await machine('reader')).repository.update();
    const rootKeyids = ({ root }: typeof after) => root.roles.get('root')?.keyids;
    expect(rootKeyids(after)).not.toEqual(rootKeyids(before));
  });

  test('lets readers go on who have only a root whose certificate has run out', async () => {
    await machines.signed();
    const reader = await machine('reader');
    const before = await reader.repository.update();
    later(10 * 365 - 30);
    await renewRepositories([R], 183, (await machine()).context);
    later(10 * 365 + 30);
    await renewRepositories([R], 183, (await machine()).context);
    const after = await (await machine('reader')).repository.update();
    expect(after.root.version).toBeGreaterThan(before.root.version);
  });

  test('renews what it has keys for, and names the rest with the keys that would do', async () => {
    const admin = await machines.signed();
    for (const { keyid, role } of await admin.repository.keys.list()) {
      if (role === 'root' || role === 'alice') await admin.repository.keys.remove(keyid);
    }
    later(10 * 365 - 30);
    const { context, said } = await machine();
    await expect(renewRepositories([R], 183, context)).rejects.toThrow(`failed to renew: ${R}`);
    const { stdout, stderr } = said();
    expect(stdout).toContain(`Renewed targets of ${R}\n`);
    expect(stderr).toMatch(
      /cannot renew root, which ends on 2036-\d\d-\d\d: none of its keys is here \([0-9a-f]{64}\)/,
    );
    expect(stderr).toMatch(/cannot renew targets\/alice, /);
  });

  test('goes on with the next repository when one cannot be', async () => {
    await machines.signed();
    const { context, said } = await machine();
    await expect(renewRepositories(['example.com/nosuch', R], 36_500, context)).rejects.toThrow(
      'failed to renew: example.com/nosuch',
    );
    expect(said().stdout).toContain(`of ${R}\n`);
    expect(said().stderr).toContain('does not have trust data for example.com/nosuch');
  });
});

describe('trust rotate', () => {
  test('repository replaces the key of targets, and readers follow', async () => {
    const admin = await machines.signed();
    const reader = await machine('reader');
    const before = await reader.repository.update();
    await rotateRepositoryKeys([R], admin.context);
    expect(admin.said().stdout).toContain(`Successfully rotated the repository key of ${R}\n`);
    const after = await reader.repository.update();
    expect(after.root.roles.get(TARGETS)?.keyids).not.toEqual(before.root.roles.get(TARGETS)?.keyids);
    expect((await reader.repository.getTarget('v1', [RELEASES])).role).toBe(RELEASES);
  });

  test('root takes a new key, or one that is here by the beginning of its id', async () => {
    const admin = await machines.signed();
    const reader = await machine('reader');
    await reader.repository.update();
    await rotateRootKeys({ repositories: [R], keys: [] }, admin.context);
    const keys = openKeyStore(admin.context);
    const { keyid } = await keys.create({ role: 'root' });
    await rotateRootKeys({ repositories: [R], keys: [keyid.slice(0, 10)] }, (await machine()).context);
    const { root } = await reader.repository.update();
    expect(root.version).toBe(3);
    expect(root.keys.get(root.roles.get('root')?.keyids[0] ?? '')?.canonicalKeyid).toBe(keyid);
  });

  test('signer replaces the keys of one and signs again what they had signed', async () => {
    const admin = await machines.signed();
    await machines.addSigner('bob', admin);
    const before = await admin.repository.update();
    await rotateSignerKeys('alice', [R], [], admin.context);
    const after = await admin.repository.update();
    const keysOf = ({ targets }: typeof after, role: RoleName) =>
      targets.get(TARGETS)?.delegations.roles.find(({ name }) => name === role)?.keyids ?? [];
    expect(keysOf(after, ALICE)).toHaveLength(1);
    expect(keysOf(after, ALICE)).not.toEqual(keysOf(before, ALICE));
    expect(keysOf(after, 'targets/bob' as RoleName)).toEqual(keysOf(before, 'targets/bob' as RoleName));
    expect(keysOf(after, RELEASES)).toHaveLength(2);
    expect((await admin.repository.getTarget('v1', [RELEASES])).role).toBe(RELEASES);
    expect((await admin.repository.getTarget('v1', [ALICE])).role).toBe(ALICE);
  });

  test('signer needs the new key here, and changes nothing without', async () => {
    const admin = await machines.signed();
    const other = await machine('other');
    await generateKey('eve', undefined, other.context);
    await expect(rotateSignerKeys('alice', [R], [machines.at('eve.pub')], admin.context)).rejects.toThrow(R);
    expect((await admin.repository.getTarget('v1', [RELEASES])).role).toBe(RELEASES);
    await expect(rotateSignerKeys('nobody', [R], [], admin.context)).rejects.toThrow(R);
    expect(admin.said().stderr).toContain(`no signer nobody for repository ${R}`);
    await writeFile(machines.at('junk.pub'), 'junk');
    await expect(rotateSignerKeys('alice', [R], [machines.at('junk.pub')], admin.context)).rejects.toThrow(
      'no valid public key found',
    );
  });
});
