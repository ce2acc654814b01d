import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateKey } from '../../src/cli/trust/key-generate.ts';
import { setThreshold } from '../../src/cli/trust/policy-threshold.ts';
import { rotateRootKeys } from '../../src/cli/trust/rotate-root.ts';
import { createRootCertificate } from '../../src/pki/index.ts';
import { RELEASES } from '../../src/trust/index.ts';
import { ROOT, type RoleName, TARGETS } from '../../src/tuf/index.ts';
import { file, type Machines, openMachines, R } from './trust-machines.ts';

let machines: Machines;
beforeEach(async () => {
  machines = await openMachines();
});
afterEach(() => machines[Symbol.asyncDispose]());

/** A repository whose targets are signed by two keys, both on this machine. */
async function withTwoKeys() {
  const admin = await machines.signed();
  const second = await admin.repository.keys.create({ role: TARGETS, gun: R });
  await setThreshold({ role: TARGETS, threshold: 2, keys: [second.canonicalKeyid] }, [R], admin.context);
  return { admin, second };
}

const signatures = async (role: RoleName) => {
  const { root, targets } = await (await machines.machine('reader')).repository.update();
  return (role === ROOT ? root : targets.get(role))?.envelope.signatures.length;
};

describe('trust policy threshold', () => {
  test('gives targets a second key, and both sign from then on', async () => {
    const { admin } = await withTwoKeys();
    expect(await signatures(TARGETS)).toBe(2);
    expect(admin.said().stdout).toContain(`targets of ${R} now needs the signatures of 2 different keys\n`);
    await admin.repository.addTarget('v2', file);
    await admin.repository.publish();
    expect(await signatures(TARGETS)).toBe(2);
  });

  test('of a delegation has its signers sign it again', async () => {
    const admin = await machines.signed();
    await generateKey('bob', undefined, admin.context);
    const role = RELEASES;
    await setThreshold({ role, threshold: 2, keys: [machines.at('bob.pub')] }, [R], admin.context);
    expect(await signatures(RELEASES)).toBe(2);
    await setThreshold({ role, threshold: 1, keys: [] }, [R], admin.context);
    expect(await machines.targets('v1')).toBe(RELEASES);
  });

  test('of root takes a certificate of a key that is elsewhere, and two then sign each new root', async () => {
    const admin = await machines.signed();
    const keyid = (await admin.repository.keys.create({ role: ROOT })).canonicalKeyid;
    await setThreshold({ role: ROOT, threshold: 2, keys: [keyid] }, [R], admin.context);
    expect(await signatures(ROOT)).toBe(2);
    const other = await machines.machine('elsewhere');
    const made = await other.repository.keys.create({ role: ROOT });
    const key = await other.repository.keys.open(made.canonicalKeyid);
    await writeFile(machines.at('third.crt'), createRootCertificate({ gun: R, key, clock: machines.clock }));
    await setThreshold({ role: ROOT, threshold: 2, keys: [machines.at('third.crt')] }, [R], admin.context);
    expect((await admin.repository.update()).root.roles.get('root')?.keyids).toHaveLength(3);
    await admin.repository.keys.remove(keyid);
    await expect(admin.repository.rotateKey('targets')).rejects.toThrow(/found 1 of 2 needed keys/);
  });

  test('is refused beyond the keys there are, and names them', async () => {
    const admin = await machines.signed();
    const setting = setThreshold({ role: TARGETS, threshold: 2, keys: [] }, [R], admin.context);
    await expect(setting).rejects.toThrow(`failed to set the threshold of targets in: ${R}`);
    const [key] = await admin.repository.keys.listRole(TARGETS);
    expect(admin.said().stderr).toContain(
      `targets would need the signatures of 2 different keys, and has 1 (${key?.keyid})\n`,
    );
  });

  test('is refused where too few private keys are here, and names those that are missing', async () => {
    const admin = await machines.signed();
    const other = await machines.machine('elsewhere');
    await generateKey('bob', undefined, other.context);
    const bob = (await other.repository.keys.listRole('bob'))[0]?.keyid;
    const choice = { role: RELEASES, threshold: 2, keys: [machines.at('bob.pub')] };
    await expect(setThreshold(choice, [R], admin.context)).rejects.toThrow();
    expect(admin.said().stderr).toContain(
      `cannot sign for 2 keys of targets/releases: only 1 of them is here. Bring one of ${bob},`,
    );
    expect(await signatures(RELEASES)).toBe(1);
  });

  test.each(['snapshot', 'timestamp'] as const)('of %s is the server’s', async (role) => {
    const admin = await machines.signed();
    await expect(
      setThreshold({ role: role as RoleName, threshold: 1, keys: [] }, [R], admin.context),
    ).rejects.toThrow();
    expect(admin.said().stderr).toContain(`${role} has no threshold to set`);
  });

  test('is not undone by adding a signer, as docker’s own change would say', async () => {
    const admin = await machines.signed();
    await generateKey('bob', undefined, admin.context);
    await setThreshold({ role: RELEASES, threshold: 2, keys: [machines.at('bob.pub')] }, [R], admin.context);
    await machines.addSigner('carol', admin);
    const { targets } = await admin.repository.update();
    expect(targets.get(TARGETS)?.delegations.roles.find(({ name }) => name === RELEASES)?.threshold).toBe(2);
  });

  test('of two root keys is kept by rotating to two others', async () => {
    const { context, repository } = await machines.signed();
    const made = [];
    for (let i = 0; i < 3; i += 1) made.push((await repository.keys.create({ role: ROOT })).canonicalKeyid);
    const [second = '', ...others] = made;
    await setThreshold({ role: ROOT, threshold: 2, keys: [second] }, [R], context);
    await rotateRootKeys({ repositories: [R], keys: others }, context);
    const { root } = await (await machines.machine('reader')).repository.update();
    expect(root.roles.get('root')).toMatchObject({ threshold: 2, keyids: [expect.any(String), expect.any(String)] });
    expect(root.envelope.signatures).toHaveLength(4); // two of the root before it
  });

  test('keeps a rotation from leaving too few keys', async () => {
    const { admin } = await withTwoKeys();
    await expect(admin.repository.rotateKey('targets')).rejects.toThrow(
      expect.objectContaining({ code: 'TRUST_THRESHOLD_UNREACHABLE' }),
    );
  });
});
