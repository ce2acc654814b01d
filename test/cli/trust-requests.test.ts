import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateKey } from '../../src/cli/trust/key-generate.ts';
import { setThreshold } from '../../src/cli/trust/policy-threshold.ts';
import { requestTo } from '../../src/cli/trust/request-flag.ts';
import { publishRequestFile } from '../../src/cli/trust/request-publish.ts';
import { showRequest } from '../../src/cli/trust/request-show.ts';
import { signRequestFile } from '../../src/cli/trust/request-sign.ts';
import { revokeImage } from '../../src/cli/trust/revoke.ts';
import { addSigner } from '../../src/cli/trust/signer-add.ts';
import { openRepository } from '../../src/cli/trust/trust-context.ts';
import { parseImageReference } from '../../src/core/index.ts';
import { createRootCertificate } from '../../src/pki/index.ts';
import { RELEASES } from '../../src/trust/index.ts';
import { ROOT } from '../../src/tuf/index.ts';
import { ALICE, file, type Machine, type Machines, openMachines, R } from './trust-machines.ts';

let machines: Machines;
beforeEach(async () => {
  machines = await openMachines();
});
afterEach(() => machines[Symbol.asyncDispose]());

const FILE = 'request.json';
const code = (code: string) => expect.objectContaining({ code });

/** Has a machine's publishing go to the file instead. */
async function asked(machine: Machine) {
  return openRepository(requestTo(machine.context, FILE), parseImageReference(R));
}

/** Alice and Bob, on a machine each; `targets/releases` needs both, which Bob agreed to by a request. */
async function alicesAndBobs() {
  const alice = await machines.signed();
  const bob = await machines.machine('two');
  await generateKey('bob', undefined, bob.context);
  const choice = { role: RELEASES, threshold: 2, keys: [machines.at('bob.pub')] };
  await setThreshold(choice, [R], requestTo(alice.context, FILE));
  return { alice, bob };
}

describe('a request for signatures', () => {
  test('goes from one to the next, each signing on a machine of their own, and is published by whoever has it', async () => {
    const { bob } = await alicesAndBobs();
    const stranger = await machines.machine('three');
    await expect(publishRequestFile(FILE, stranger.context)).rejects.toThrow(code('REQUEST_INCOMPLETE'));
    await signRequestFile(FILE, true, bob.context);
    expect(bob.said().stdout).toContain(`All signatures are there: trust request publish ${FILE}`);
    await publishRequestFile(FILE, stranger.context);
    const { targets } = await (await machines.machine('reader')).repository.update();
    expect(targets.get(RELEASES)?.envelope.signatures).toHaveLength(2);
    expect(await machines.targets('v1')).toBe(RELEASES);
  });

  test('shows what it would change and who could sign it', async () => {
    const { alice, bob } = await alicesAndBobs();
    await signRequestFile(FILE, true, bob.context);
    await publishRequestFile(FILE, bob.context);
    const repository = await asked(alice);
    await repository.addTarget('v2', file, [ALICE, RELEASES]);
    await repository.removeTarget('v1', [RELEASES]);
    await repository.publish();
    expect(await repository.changes.show()).toEqual([]);
    await showRequest(FILE, (await machines.machine('two')).context);
    const { context, said } = await machines.machine('two');
    await showRequest(FILE, context);
    const [bobs] = await bob.repository.keys.listRole('bob');
    expect(said().stdout).toContain(`+ targets/releases: v2  sha256:${'01'.repeat(32)}, 730 bytes\n`);
    expect(said().stdout).toContain(`- targets/releases: v1  sha256:${'01'.repeat(32)}, 730 bytes\n`);
    expect(said().stdout).toContain('\ntargets/alice version 2: 1 of 1 signatures\n');
    expect(said().stdout).toContain('\ntargets/releases version 3: 1 of 2 signatures\n');
    expect(said().stdout).toContain(`  can be signed by ${bobs?.keyid} (here)\n`);
    await expect(machines.targets('v2')).rejects.toThrow(code('TRUST_TARGET_NOT_FOUND'));
  });

  test('is signed only by who agrees, having been shown it', async () => {
    await alicesAndBobs();
    const { context, said } = await machines.machine('two', 'n\n');
    await expect(signRequestFile(FILE, false, context)).rejects.toThrow('nothing was signed');
    expect(said().stdout).toContain('+ targets: keys of targets/releases  2 of ');
    expect(said().stdout).toContain('Sign this? [y/N]');
  });

  test('is signed by nobody who has no key of it, nor by anybody twice', async () => {
    const { alice, bob } = await alicesAndBobs();
    const { context } = await machines.machine('three');
    await expect(signRequestFile(FILE, true, context)).rejects.toThrow(/^none of the keys .* is here: [0-9a-f]{64}$/);
    await expect(signRequestFile(FILE, true, alice.context)).rejects.toThrow(/none of the keys/);
    await signRequestFile(FILE, true, bob.context);
    await expect(signRequestFile(FILE, true, bob.context)).rejects.toThrow('every key has signed this request');
  });

  test('is worth nothing once somebody else has published, and says so', async () => {
    const { alice, bob } = await alicesAndBobs();
    await alice.repository.addTarget('v2', file, [RELEASES]);
    await alice.repository.publish();
    for (const attempt of [
      () => signRequestFile(FILE, true, bob.context),
      () => publishRequestFile(FILE, bob.context),
      () => showRequest(FILE, bob.context),
    ]) {
      await expect(attempt()).rejects.toThrow(
        'targets/releases is published in version 2 now, and this request was made to publish version 2: somebody else published in between. Make the request anew and have it signed again',
      );
    }
  });

  test.each([
    { what: 'a target was exchanged', change: (text: string) => text.replace('"length": 730', '"length": 731') },
    { what: 'a threshold was lowered', change: (text: string) => text.replace('"threshold": 2', '"threshold": 1') },
    { what: 'a signature was broken', change: (text: string) => text.replace(/"sig": "..../g, '"sig": "AAAA') },
    { what: 'it is for another repository', change: (text: string) => text.replace(R, `${R}2`) },
  ])('is refused when $what', async ({ change }) => {
    const { bob } = await alicesAndBobs();
    const text = await readFile(machines.at(FILE), 'utf8');
    expect(change(text)).not.toBe(text);
    await writeFile(machines.at(FILE), change(text));
    await expect(signRequestFile(FILE, true, bob.context)).rejects.toThrow();
    await expect(publishRequestFile(FILE, bob.context)).rejects.toThrow();
  });

  test.each(['', '{}', '[]', '{"format":"trustsandbox-request","version":2}', 'x'])('is not this: %j', async (text) => {
    await machines.signed();
    await writeFile(machines.at(FILE), text);
    const { context } = await machines.machine('two');
    await expect(signRequestFile(FILE, true, context)).rejects.toThrow(/request|JSON/i);
  });

  test('changes root only when enough keys of the root before and after it have signed', async () => {
    const admin = await machines.signed();
    const other = await machines.machine('two');
    const made = await other.repository.keys.create({ role: ROOT });
    const key = await other.repository.keys.open(made.canonicalKeyid);
    await writeFile(machines.at('second.crt'), createRootCertificate({ gun: R, key, clock: machines.clock }));
    const choice = { role: ROOT, threshold: 2, keys: [machines.at('second.crt')] };
    await setThreshold(choice, [R], requestTo(admin.context, FILE));
    await expect(publishRequestFile(FILE, admin.context)).rejects.toThrow(code('REQUEST_INCOMPLETE'));
    await signRequestFile(FILE, true, other.context);
    expect(other.said().stdout).toContain('root version 2: 1 of 1 signatures, by the keys of the root before it\n');
    await publishRequestFile(FILE, admin.context);
    expect((await (await machines.machine('reader')).repository.update()).root.roles.get('root')?.threshold).toBe(2);
  });

  test('adds and removes signers, and revokes, once those who hold the keys agree', async () => {
    const admin = await machines.signed();
    const other = await machines.machine('two');
    await generateKey('bob', undefined, other.context);
    const stranger = await machines.machine('three');
    await addSigner('bob', [R], [machines.at('bob.pub')], requestTo(stranger.context, FILE));
    expect(stranger.said().stdout).toContain(`Wrote a request to sign targets of ${R} to ${FILE}\n`);
    expect(stranger.said().stdout).not.toContain('Successfully');
    await signRequestFile(FILE, true, admin.context);
    await publishRequestFile(FILE, stranger.context);
    await revokeImage(`${R}:v1`, true, requestTo(admin.context, FILE));
    expect(await machines.targets('v1')).toBe(RELEASES);
    await publishRequestFile(FILE, stranger.context);
    await expect(machines.targets('v1')).rejects.toThrow(code('TRUST_TARGET_NOT_FOUND'));
  });

  test('is not made where nothing is published yet, nor of nothing', async () => {
    const fresh = await machines.machine();
    await expect((await asked(fresh)).publish()).rejects.toThrow(code('REQUEST_INVALID'));
    const admin = await machines.signed();
    await expect((await asked(admin)).publish()).rejects.toThrow('nothing would change');
  });
});
