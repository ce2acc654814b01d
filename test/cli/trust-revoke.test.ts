import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { revokeImage } from '../../src/cli/trust/revoke.ts';
import { RELEASES } from '../../src/trust/index.ts';
import { type RoleName, TARGETS } from '../../src/tuf/index.ts';
import { type NotaryStage, setNotaryStage } from '../notary-stage.ts';
import { digestText, fileOf, machine, R, signedApp } from './signed-app.ts';

let stage: NotaryStage;
let admin: Awaited<ReturnType<typeof signedApp>>;
beforeEach(async () => {
  stage = await setNotaryStage();
  admin = await signedApp(stage);
  const repository = await admin.repository(); // signed by the repository's own key, before there were signers
  await repository.addTarget('v1', fileOf(7), [TARGETS]);
  await repository.publish();
});
afterEach(() => stage[Symbol.asyncDispose]());

const ROLES: readonly RoleName[] = [RELEASES, TARGETS];

async function found(): Promise<string> {
  const repository = await (await machine(stage, 'reader')).repository();
  return repository.getTarget('v1', ROLES).then(
    ({ role }) => role,
    ({ code }) => code,
  );
}

describe('trust revoke of a tag that the repository key had signed before there were signers', () => {
  test('takes that away too, strictly, where the key is here', async () => {
    await revokeImage(`${R}:v1`, true, admin.context);
    expect(admin.said()).toMatchObject({ stderr: '' });
    expect(await found()).toBe('TRUST_TARGET_NOT_FOUND');
  });

  test('says, strictly, what counts again and whose key would take it away, where that is elsewhere', async () => {
    const { keys } = await admin.repository();
    const [own] = await keys.listRole('targets');
    await keys.remove(own?.keyid ?? '');
    await revokeImage(`${R}:v1`, true, admin.context);
    expect(admin.said().stderr).toBe(
      `${R}:v1 is still signed, in targets, for ${digestText(7)}: that is removed where one of its keys is (${own?.keyid})\n`,
    );
    expect(await found()).toBe('targets');
  });

  test('leaves it, in compat, as docker does', async () => {
    const { context } = await machine(stage, 'admin', { options: { verification: 'compat' } });
    await revokeImage(`${R}:v1`, true, context);
    expect(await found()).toBe('targets');
  });
});
