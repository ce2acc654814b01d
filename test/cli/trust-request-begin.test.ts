import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateKey } from '../../src/cli/trust/key-generate.ts';
import { type BeginningChoice, beginRepository } from '../../src/cli/trust/request-begin.ts';
import { publishRequestFile } from '../../src/cli/trust/request-publish.ts';
import { signRequestFile } from '../../src/cli/trust/request-sign.ts';
import { addSigner } from '../../src/cli/trust/signer-add.ts';
import { ROOT, rootRole, TARGETS } from '../../src/tuf/index.ts';
import { type Machine, type Machines, openMachines, R } from './trust-machines.ts';

let machines: Machines;
beforeEach(async () => {
  machines = await openMachines();
});
afterEach(() => machines[Symbol.asyncDispose]());

const FILE = 'begin.json';
const none: BeginningChoice = { root: [], rootThreshold: 1, targets: [], targetsThreshold: 1 };
const code = (code: string) => expect.objectContaining({ code });

/** A root key on a machine of its own, and its certificate, which is all that leaves it. */
async function keeper(name: string): Promise<Machine & { readonly certificate: string }> {
  const machine = await machines.machine(name);
  const { keys, gun } = machine.repository;
  const { keyid } = await keys.create({ role: ROOT });
  const certificate = machines.at(`${name}.crt`);
  await writeFile(certificate, (await keys.certify(keyid, { gun, clock: machines.clock })).bytes);
  return { ...machine, certificate };
}

const published = async () => (await machines.machine('reader')).repository.update();

describe('a request that begins a repository', () => {
  test('is signed where the root key is, and published by who made it, who then adds signers', async () => {
    const vault = await keeper('vault');
    const developer = await machines.machine('developer');
    await beginRepository(FILE, R, { ...none, root: [vault.certificate] }, developer.context);
    expect(developer.said().stdout).toContain(
      `Wrote a request to begin ${R} to ${FILE}\nSignatures are missing for root`,
    );
    await expect(publishRequestFile(FILE, developer.context)).rejects.toThrow(code('REQUEST_INCOMPLETE'));
    await expect(published()).rejects.toThrow(code('TRUST_NOT_FOUND'));

    await signRequestFile(FILE, true, vault.context);
    await publishRequestFile(FILE, developer.context);
    const { root } = await published();
    expect(root.version).toBe(1);
    expect(await developer.repository.keys.listRole(ROOT)).toEqual([]);
    await generateKey('alice', undefined, developer.context);
    await addSigner('alice', [R], [machines.at('alice.pub')], developer.context); // the repository's own key is here
    expect((await published()).targets.get(TARGETS)?.delegations.roles.map(({ name }) => name)).toContain(
      'targets/alice',
    );
  });

  test('can ask for several root keys and repository keys from the first', async () => {
    const [one, two] = [await keeper('one'), await keeper('two')];
    const maker = await machines.machine('maker');
    const choice = {
      root: [one.certificate, two.certificate],
      rootThreshold: 2,
      targets: [],
      targetsThreshold: 2,
    } as const;
    await beginRepository(FILE, R, choice, maker.context);
    await signRequestFile(FILE, true, one.context);
    expect(one.said().stdout).toContain('\nroot version 1: 0 of 2 signatures\n');
    await expect(publishRequestFile(FILE, maker.context)).rejects.toThrow('root has 1 of the 2 signatures it needs');
    await signRequestFile(FILE, true, two.context);
    await publishRequestFile(FILE, maker.context);
    const { root } = await published();
    expect([rootRole(root, 'root').threshold, rootRole(root, 'targets').threshold]).toEqual([2, 2]);
  });

  test('shows whose keys it would be, and is signed only by who agrees', async () => {
    const vault = await keeper('vault');
    const maker = await machines.machine('maker');
    await beginRepository(FILE, R, { ...none, root: [vault.certificate] }, maker.context);
    const { context, said } = await machines.machine('vault', 'n\n');
    await expect(signRequestFile(FILE, false, context)).rejects.toThrow('nothing was signed');
    const [key] = await vault.repository.keys.listRole(ROOT);
    expect(said().stdout).toContain(`+ root: keys of root  1 of ${key?.keyid}\n`);
    expect(said().stdout).toMatch(/^\+ root: keys of targets {2}1 of [0-9a-f]{64}$/m);
  });

  test('is made of what is here where nothing else is named, and is then complete at once', async () => {
    const maker = await machines.machine('maker');
    await beginRepository(FILE, R, none, maker.context);
    expect(maker.said().stdout).toContain(`All signatures are there: trust request publish ${FILE}\n`);
    await publishRequestFile(FILE, (await machines.machine('anybody')).context);
    expect((await published()).root.version).toBe(1);
  });

  test('is worth nothing once somebody else has begun it, nor is one made of what is there', async () => {
    const maker = await machines.machine('maker');
    await beginRepository(FILE, R, none, maker.context);
    const admin = await machines.signed();
    await expect(publishRequestFile(FILE, maker.context)).rejects.toThrow(code('REQUEST_OVERTAKEN'));
    await expect(beginRepository(FILE, R, none, admin.context)).rejects.toThrow('is published already');
  });

  test.each([
    { what: 'fewer keys than must sign', choice: { ...none, rootThreshold: 2 }, code: 'TRUST_THRESHOLD_UNREACHABLE' },
    { what: 'a bare key for root', choice: { ...none, root: ['alice.pub'] }, code: 'CONTENT_TRUST' },
    { what: 'a key that is not here', choice: { ...none, root: ['0123456789'] }, code: 'CONTENT_TRUST' },
  ])('is not made of $what', async ({ choice, code: expected }) => {
    const maker = await machines.machine('maker');
    await generateKey('alice', undefined, maker.context);
    await expect(beginRepository(FILE, R, choice, maker.context)).rejects.toThrow(code(expected));
  });
});
