import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recoverRepositoryKeys } from '../../src/cli/trust/recover-repository.ts';
import { recoverLostRoot } from '../../src/cli/trust/recover-root.ts';
import { renewRepositories } from '../../src/cli/trust/renew.ts';
import { RELEASES } from '../../src/trust/index.ts';
import { TARGETS } from '../../src/tuf/index.ts';
import { ALICE, file, type Machine, type Machines, openMachines, R } from './trust-machines.ts';

let machines: Machines;
beforeEach(async () => {
  machines = await openMachines();
});
afterEach(() => machines[Symbol.asyncDispose]());

const code = (code: string) => expect.objectContaining({ code });

async function lose(role: string, { repository }: Machine): Promise<void> {
  for (const { keyid } of await repository.keys.listRole(role)) await repository.keys.remove(keyid);
}

describe('trust recover repository', () => {
  test('replaces a lost repository key by the root key, and keeps signers and what they signed', async () => {
    const admin = await machines.signed();
    const reader = await machines.machine('reader');
    await reader.repository.update();
    await lose('targets', admin);
    await expect(machines.addSigner('bob', admin)).rejects.toThrow();
    const { context, said, repository } = await machines.machine();
    await recoverRepositoryKeys([R], context);
    expect(said().stdout).toContain(`Successfully replaced the repository key of ${R}\n`);
    expect(said().stdout).toContain('Delegations that stay as they are: targets/alice, targets/releases\n');
    expect((await reader.repository.getTarget('v1', [RELEASES])).role).toBe(RELEASES);
    await machines.addSigner('carol', await machines.machine());
    expect(await repository.keys.listRole('targets')).toHaveLength(1);
  });

  test('does so where everything has expired meanwhile', async () => {
    const admin = await machines.signed();
    await lose('targets', admin);
    machines.clock.set(new Date('2029-12-23T05:00:00Z'));
    const { context } = await machines.machine();
    await recoverRepositoryKeys([R], context);
    await renewRepositories([R], 183, context);
    expect(await machines.targets('v1')).toBe(RELEASES);
  });

  test('gives a snapshot key that nobody has to the server', async () => {
    const admin = await machines.signed();
    await admin.repository.rotateKey('snapshot');
    await lose('snapshot', admin);
    const { context, said, repository } = await machines.machine();
    await recoverRepositoryKeys([R], context);
    expect(said().stdout).toContain(`The snapshot key of ${R} is the server's from now on\n`);
    await repository.addTarget('v2', file, [ALICE]);
    await repository.publish();
  });

  test('changes nothing where nothing is lost', async () => {
    const { context, said, repository } = await machines.signed();
    await recoverRepositoryKeys([R], context);
    expect(said().stdout).toContain('Nothing is lost');
    expect((await repository.update()).root.version).toBe(1);
  });

  test('cannot be without the root key, and says which it is', async () => {
    const admin = await machines.signed();
    const [root] = await admin.repository.keys.listRole('root');
    await lose('targets', admin);
    await lose('root', admin);
    await expect(recoverRepositoryKeys([R], admin.context)).rejects.toThrow(`failed to recover: ${R}`);
    expect(admin.said().stderr).toContain(`the root key of ${R} is not here either (${root?.keyid})`);
  });
});

describe('trust recover root', () => {
  test('tells of the ceremony, and once the server has forgotten begins again with tags and signers', async () => {
    const admin = await machines.signed();
    await admin.repository.addTarget('own', file, [TARGETS]);
    await admin.repository.publish();
    const reader = await machines.machine('reader');
    await reader.repository.update();
    await lose('root', admin);
    const first = await machines.machine();
    await expect(recoverLostRoot(R, { isConfirmed: true }, first.context)).rejects.toThrow(code('CLI_EXIT'));
    expect(first.said().stdout).toContain(`trustsandbox notary-server gun delete ${R}\n`);
    expect(first.said().stdout).toContain('1 targets of its own, 2 delegations');

    await admin.repository.deleteRemote(); // as the administrator does
    const { context, said, repository } = await machines.machine();
    await recoverLostRoot(R, { isConfirmed: true }, context);
    expect(said().stdout).toContain(`Successfully began ${R} again under root key`);
    expect(said().stdout).toContain('Delegations, as their signers signed them: targets/alice, targets/releases\n');
    const { root } = await repository.update();
    expect(said().stdout).toContain(`to pin certificate ${root.roles.get('root')?.keyids[0]}\n`);
    expect(await machines.targets('v1')).toBe(RELEASES);
    expect(await machines.targets('own')).toBe(TARGETS);

    // The old reader refuses it until it is told to forget.
    await expect(reader.repository.update()).rejects.toThrow();
    await reader.repository.forget();
    expect((await reader.repository.getTarget('v1', [RELEASES])).role).toBe(RELEASES);
    await machines.addSigner('carol', await machines.machine());
  });

  test('works where the repository key is lost too', async () => {
    const admin = await machines.signed();
    await lose('root', admin);
    await lose('targets', admin);
    await admin.repository.update();
    await admin.repository.deleteRemote();
    await recoverLostRoot(R, { isConfirmed: true }, (await machines.machine()).context);
    expect(await machines.targets('v1')).toBe(RELEASES);
  });

  test('does nothing unless it is confirmed', async () => {
    const admin = await machines.signed();
    await admin.repository.deleteRemote();
    const { context } = await machines.machine('one', 'n\n');
    await expect(recoverLostRoot(R, {}, context)).rejects.toThrow('nothing was begun anew');
    await expect(machines.targets('v1')).rejects.toThrow(code('TRUST_NOT_FOUND'));
  });

  test('cannot be where nothing was ever verified', async () => {
    const { context } = await machines.machine('three');
    await expect(recoverLostRoot(R, { isConfirmed: true }, context)).rejects.toThrow(code('TRUST_NOT_FOUND'));
  });
});
