import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { examine, printFinding } from '../../src/cli/trust/doctor.ts';
import { type NotaryStage, setNotaryStage } from '../notary-stage.ts';
import { DAY_MS, machine, R, START, signedApp } from './signed-app.ts';

let stage: NotaryStage;
let admin: Awaited<ReturnType<typeof signedApp>>;
beforeEach(async () => {
  stage = await setNotaryStage();
  admin = await signedApp(stage);
});
afterEach(() => stage[Symbol.asyncDispose]());

type Machine = Parameters<typeof machine>[2];

async function findings(image: string | undefined, name = 'admin', options: Machine = {}) {
  return examine(image, (await machine(stage, name, options)).context);
}

/** Codes of what is not in order. */
async function complaints(image: string | undefined, name = 'admin', options: Machine = {}): Promise<string[]> {
  const found = await findings(image, name, options);
  return found.filter(({ severity }) => severity !== 'ok').map(({ severity, code }) => `${severity} ${code}`);
}

describe('trust doctor', () => {
  test('finds nothing where all is well', async () => {
    expect(await complaints(`${R}:v1`)).toEqual([]);
    const found = await findings(`${R}:v1`);
    expect(found.map(({ says }) => says)).toEqual([
      `Configuration is in ${stage.at('admin')}; verification is strict.`,
      `3 private keys in ${stage.at('admin', 'trust', 'private')}, all whole and for their owner alone.`,
      `The trust server of ${R}:v1 is https://notaryserver:4443.`,
      `${R}:v1 can be pulled: targets/releases has it, until 2029-11-22.`,
      'All 5 roles hold for six months or more, and can reach their thresholds.',
      'v1 can be signed here, in targets/alice, targets/releases.',
      "Signers can be added and removed here, by the repository's own key.",
    ]);
  });

  test('warns that nothing can be signed where no key is at all, and says which keys would do', async () => {
    const found = await findings(`${R}:v1`, 'ci');
    expect(found).toContainEqual(expect.objectContaining({ severity: 'ok', code: 'CAN_PULL' }));
    expect(found).toContainEqual({
      severity: 'warning',
      code: 'CANNOT_SIGN',
      says: expect.stringContaining("the repository's own key no longer signs tags"),
      remedy: expect.stringMatching(
        /targets\/alice: none of its keys is here; any of [0-9a-f]{64} would do; targets\/releases:/,
      ),
    });
  });

  test('says what has run out, and where the key is that renews it', async () => {
    stage.clock.set(new Date(START.getTime() + 4 * 365 * DAY_MS));
    const found = await findings(`${R}:v1`);
    expect(found).toContainEqual(expect.objectContaining({ code: 'TUF_EXPIRED', severity: 'problem' }));
    expect(found).toContainEqual({
      severity: 'problem',
      code: 'ROLE_EXPIRED',
      says: 'targets ran out on 2029-11-22: pulls are refused.',
      remedy: expect.stringMatching(
        /^trustsandbox trust renew REPOSITORY; key .*\/private\/[0-9a-f]{64}\.key would do$/,
      ),
    });
  });

  test('warns of what runs out within six months', async () => {
    stage.clock.set(new Date(START.getTime() + (3 * 365 - 60) * DAY_MS));
    expect(await complaints(`${R}:v1`)).toEqual(['warning ROLE_ENDS', 'warning ROLE_ENDS', 'warning ROLE_ENDS']);
  });

  test.each<[string, string[], string, Machine, () => Promise<unknown>]>([
    ['nobody has signed anything', ['problem TRUST_NOT_FOUND'], 'example.com/none:v1', {}, async () => undefined],
    ['a tag is not signed', ['problem TRUST_TARGET_NOT_FOUND'], `${R}:v9`, {}, async () => undefined],
    [
      'the trust server does not answer',
      ['problem NOTARY_NETWORK'],
      `${R}:v1`,
      { env: { DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:9' } },
      async () => undefined,
    ],
    [
      'the trust server is no https URL',
      ['problem TRUST_SERVER_INVALID'],
      `${R}:v1`,
      { env: { DOCKER_CONTENT_TRUST_SERVER: 'http://notaryserver' } },
      async () => undefined,
    ],
    [
      'content trust is off',
      ['warning CONTENT_TRUST_OFF'],
      `${R}:v1`,
      { env: { DOCKER_CONTENT_TRUST: '' } },
      async () => undefined,
    ],
    [
      'others can read keys',
      ['problem FOLDER_OPEN'],
      `${R}:v1`,
      {},
      () => chmod(stage.at('admin', 'trust', 'private'), 0o755),
    ],
    [
      'a key file is broken',
      ['problem KEY_FILE_BROKEN'],
      `${R}:v1`,
      {},
      () => writeFile(stage.at('admin', 'trust', 'private', `${'0'.repeat(64)}.key`), 'junk', { mode: 0o600 }),
    ],
    [
      'another root is pinned',
      ['problem TUF_PIN_MISMATCH'],
      `${R}:v1`,
      {},
      () => writeFile(stage.at('admin', 'config.json'), JSON.stringify({ trustPinning: { certs: { [R]: ['ab'] } } })),
    ],
    [
      'the configuration is none',
      ['problem CLI_DOCKER_CONFIG', 'problem CLI_DOCKER_CONFIG'],
      `${R}:v1`,
      {},
      () => writeFile(stage.at('admin', 'config.json'), 'junk'),
    ],
    [
      'the repository key is gone, and the root key is there',
      ['warning REPOSITORY_KEY_MISSING'],
      `${R}:v1`,
      {},
      async () => {
        const { keys } = await admin.repository();
        for (const { keyid } of await keys.listRole('targets')) await keys.remove(keyid);
      },
    ],
    [
      'the root that was trusted is spoilt',
      ['problem TRUST_CACHED_ROOT'],
      `${R}:v1`,
      {},
      () => writeFile(stage.at('admin', 'trust', 'tuf', R, 'metadata', 'root.json'), 'junk'),
    ],
    [
      'changes are staged',
      ['warning STAGED'],
      `${R}:v1`,
      {},
      async () => (await admin.repository()).removeTarget('v1'),
    ],
  ])('complains when %s', async (_, expected, image, options, spoil) => {
    await spoil();
    expect(await complaints(image, 'admin', options)).toEqual(expected);
  });

  test('says of a tag that is not signed that it is not, and not that trust data is refused', async () => {
    expect(await findings(`${R}:v9`)).toContainEqual({
      severity: 'problem',
      code: 'TRUST_TARGET_NOT_FOUND',
      says: `${R}:v9 is not signed, and cannot be pulled: No valid trust data for v9.`,
      remedy: `trustsandbox push or trust sign ${R}:v9; what is signed: trust inspect`,
    });
  });

  test.each([
    ['https://notaryserver:9', `Trust data of ${R}:v1 cannot be fetched: `],
    ['http://notaryserver', `Nothing can be said of ${R}:v1: `],
  ])('says of a trust server %s what it does to pulls', async (url, says) => {
    const found = await findings(`${R}:v1`, 'admin', { env: { DOCKER_CONTENT_TRUST_SERVER: url } });
    expect(found.at(-1)?.says).toContain(says);
  });

  test('looks at all tags where none is named', async () => {
    const found = await findings(R);
    expect(found.filter(({ severity }) => severity !== 'ok')).toEqual([]);
    expect(found).toContainEqual({ severity: 'ok', code: 'CAN_PULL', says: `1 tag of ${R} can be pulled.` });
  });

  test.each([
    ['docker', 'docker trust renew REPOSITORY'],
    ['trustsandbox', 'trustsandbox trust renew REPOSITORY'],
  ])('called %s, it names commands as they are typed there', async (program, command) => {
    stage.clock.set(new Date(START.getTime() + 4 * 365 * DAY_MS));
    const { context, said } = await machine(stage, 'admin', { program });
    for (const finding of await examine(`${R}:v1`, context)) printFinding(finding, context.io);
    expect(said().stdout).toContain(`         ${command}; key `);
  });

  test('names the trust server of a sandbox where none is set', async () => {
    const { context } = await machine(stage, 'beside');
    const surroundings = { ...context.surroundings, isSandbox: true, sandboxTrustServer: 'https://notaryserver:4443' };
    const io = { ...context.io, env: { ...context.io.env, DOCKER_CONTENT_TRUST_SERVER: undefined } };
    expect(await examine(undefined, { ...context, surroundings, io })).toContainEqual(
      expect.objectContaining({
        code: 'TRUST_SERVER_UNSET',
        says: expect.stringContaining('not https://notaryserver:4443'),
        remedy: 'eval "$(trustsandbox env)"',
      }),
    );
  });

  test('looks at the machine alone where no image is named', async () => {
    await mkdir(stage.at('empty'));
    expect(await complaints(undefined, 'empty')).toEqual(['warning NO_TRUST_DIRECTORY']);
  });
});
