import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setThreshold } from '../../src/cli/trust/policy-threshold.ts';
import { renewRepositories } from '../../src/cli/trust/renew.ts';
import { requestTo } from '../../src/cli/trust/request-flag.ts';
import { publishRequestFile } from '../../src/cli/trust/request-publish.ts';
import { signRequestFile } from '../../src/cli/trust/request-sign.ts';
import { rotateRepositoryKeys } from '../../src/cli/trust/rotate-repository.ts';
import { rotateRootKeys } from '../../src/cli/trust/rotate-root.ts';
import { rotateSignerKeys } from '../../src/cli/trust/rotate-signer.ts';
import { formatPublicKeyFile } from '../../src/pki/index.ts';
import { RELEASES } from '../../src/trust/index.ts';
import { ROOT, rootRole, TARGETS } from '../../src/tuf/index.ts';
import { type Machine, type Machines, openMachines, R } from './trust-machines.ts';

let machines: Machines;
let admin: Machine;
beforeEach(async () => {
  machines = await openMachines();
  admin = await machines.signed();
});
afterEach(() => machines[Symbol.asyncDispose]());

const FILE = 'request.json';
const YEARS_MS = 365 * 24 * 60 * 60 * 1000;
const published = async (name = 'reader') => (await machines.machine(name)).repository.update();
const asking = (machine: Machine) => requestTo(machine.context, FILE);

/** A new key of that role on a machine that has no other, and the file it is given to others as. */
async function keyOn(name: string, role: 'root' | 'targets'): Promise<Machine & { readonly file: string }> {
  const machine = await machines.machine(name);
  const { keys, gun } = machine.repository;
  const made = await keys.create({ role, gun });
  const certificate = await keys.certify(made.keyid, { gun, clock: machines.clock });
  const file = machines.at(`${name}.pem`);
  await writeFile(file, role === ROOT ? certificate.bytes : formatPublicKeyFile(made.keyObject, role));
  return { ...machine, file };
}

describe('keys are rotated by a request', () => {
  test('root’s to one that is elsewhere, which signs it too', async () => {
    const vault = await keyOn('vault', 'root');
    await rotateRootKeys({ repositories: [R], keys: [vault.file] }, asking(admin));
    expect(admin.said().stdout).not.toContain('Successfully rotated');
    await expect(publishRequestFile(FILE, admin.context)).rejects.toThrow('root has 0 of the 1 signatures it needs');
    await signRequestFile(FILE, true, vault.context);
    await publishRequestFile(FILE, admin.context);
    const [key] = await vault.repository.keys.listRole(ROOT);
    const keys = [...rootRole((await published()).root, 'root').keys.values()];
    expect(keys.map(({ canonicalKeyid }) => canonicalKeyid)).toEqual([key?.keyid]);
  });

  test('the repository’s own, by a root key that is elsewhere', async () => {
    const other = await keyOn('two', 'targets');
    await rotateRepositoryKeys([R], asking(other), [other.file]); // who has no root key asks for it
    await signRequestFile(FILE, true, admin.context);
    await publishRequestFile(FILE, other.context);
    const [key] = await other.repository.keys.listRole(TARGETS);
    const { root } = await published();
    expect([...rootRole(root, 'targets').keys.keys()]).toEqual([key?.keyid]);
    expect(await machines.targets('v1')).toBe(RELEASES);
  });

  test('a signer’s, who signs again with the new one', async () => {
    const alice = await machines.machine('two');
    const { keyObject } = await alice.repository.keys.create({ role: 'alice' });
    const file = machines.at('alice-new.pub');
    await writeFile(file, formatPublicKeyFile(keyObject, 'alice'));
    await rotateSignerKeys('alice', [R], [file], asking(admin));
    await expect(publishRequestFile(FILE, admin.context)).rejects.toThrow('targets/alice has 0 of the 1 signatures');
    await signRequestFile(FILE, true, alice.context);
    await publishRequestFile(FILE, admin.context);
    expect(await machines.targets('v1')).toBe(RELEASES);
  });
});

describe('a repository key that is one of several who must sign', () => {
  test('is rotated to as many new ones as must sign', async () => {
    const second = await admin.repository.keys.create({ role: TARGETS, gun: R });
    await setThreshold({ role: TARGETS, threshold: 2, keys: [second.keyid] }, [R], admin.context);
    await rotateRepositoryKeys([R], admin.context);
    const { keys, threshold } = rootRole((await published()).root, 'targets');
    expect([keys.size, threshold]).toEqual([2, 2]);
    expect([...keys.keys()]).not.toContain(second.keyid);
    expect((await admin.repository.keys.listRole(TARGETS)).map(({ keyid }) => keyid).sort()).toEqual(
      [...keys.keys()].sort(),
    );
  });

  test('is rotated to keys that are named, and not to fewer than must sign', async () => {
    const [second, third] = [await keyOn('two', 'targets'), await keyOn('three', 'targets')];
    await setThreshold({ role: TARGETS, threshold: 2, keys: [second.file] }, [R], asking(admin));
    await signRequestFile(FILE, true, second.context);
    await publishRequestFile(FILE, admin.context);
    await expect(rotateRepositoryKeys([R], admin.context, [third.file])).rejects.toThrow('failed to rotate');
    expect(admin.said().stderr).toContain('targets would need the signatures of 2 different keys, and has 1');
    await rotateRepositoryKeys([R], asking(admin), [second.file, third.file]);
    for (const machine of [second, third]) await signRequestFile(FILE, true, machine.context);
    await publishRequestFile(FILE, admin.context);
    expect(rootRole((await published()).root, 'targets').keys.size).toBe(2);
  });
});

describe('what runs out is renewed by a request', () => {
  test('when the keys are on several machines, and all has run out already', async () => {
    const second = await keyOn('two', 'targets');
    await setThreshold({ role: TARGETS, threshold: 2, keys: [second.file] }, [R], asking(admin));
    await signRequestFile(FILE, true, second.context);
    await publishRequestFile(FILE, admin.context);
    machines.clock.set(new Date(machines.clock.now().getTime() + 4 * YEARS_MS));
    await expect(published('late')).rejects.toMatchObject({ code: 'TUF_EXPIRED' });

    await expect(renewRepositories([R], 183, admin.context)).rejects.toThrow('failed to renew'); // one of two is here
    const { context } = await machines.machine('one');
    await renewRepositories([R], 183, requestTo(context, FILE));
    await signRequestFile(FILE, true, second.context);
    await publishRequestFile(FILE, context);
    expect((await published('newcomer')).targets.get(TARGETS)?.version).toBeGreaterThan(2);
  });

  test('but for a root certificate whose key is elsewhere, of which it is told', async () => {
    const vault = await keyOn('vault', 'root');
    await rotateRootKeys({ repositories: [R], keys: [vault.file] }, asking(admin));
    await signRequestFile(FILE, true, vault.context);
    await publishRequestFile(FILE, admin.context);
    machines.clock.set(new Date(machines.clock.now().getTime() + 9.8 * YEARS_MS));
    const { context, said } = await machines.machine('one');
    await expect(renewRepositories([R], 183, requestTo(context, FILE))).rejects.toThrow('failed to renew');
    expect(said().stderr).toMatch(/^cannot renew root, which ends on 2036-/m);
  });
});
