import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inspectImages } from '../../src/cli/trust/inspect.ts';
import { lockImages } from '../../src/cli/trust/lock.ts';
import { rotateRootKeys } from '../../src/cli/trust/rotate-root.ts';
import { trustedPull } from '../../src/cli/trust/trusted-pull.ts';
import { type ImageReference, parseImageReference } from '../../src/core/index.ts';
import { formatTrustLock, parseTrustLock } from '../../src/trust/index.ts';
import { type NotaryStage, setNotaryStage } from '../notary-stage.ts';
import { digestText, fileOf, machine, R, signedApp } from './signed-app.ts';

let stage: NotaryStage;
let admin: Awaited<ReturnType<typeof signedApp>>;
beforeEach(async () => {
  stage = await setNotaryStage();
  admin = await signedApp(stage);
});
afterEach(() => stage[Symbol.asyncDispose]());

const FILE = 'trust-lock.json';
const asked = { output: FILE, isCheck: false, isRootAccepted: false };
const read = async () => JSON.parse(await readFile(stage.at(FILE), 'utf8'));

async function lock(images: readonly string[], options: Partial<typeof asked> = {}, name = 'developer') {
  const { context, said } = await machine(stage, name);
  const status = await lockImages({ images, ...asked, ...options }, context);
  return { ...said(), status };
}

/** Pulls on a machine that has never seen the repository. Resolves to what would be pulled. */
async function pull(image: string, name = 'ci'): Promise<string[]> {
  const pulled: string[] = [];
  const { context } = await machine(stage, name, { options: { lock: FILE } });
  const reference = parseImageReference(image);
  const pull = async ({ digest }: ImageReference) => void pulled.push(String(digest));
  await trustedPull({ reference, pull, findSize: async () => fileOf(1).length, tag: async () => undefined }, context);
  return pulled;
}

/** `trust inspect --lock` on a machine that has never seen the repository. */
async function inspect(image: string): Promise<{ tags: string[]; refused: string }> {
  const { context, said } = await machine(stage, 'ci', { options: { lock: FILE } });
  const refused = await inspectImages([image], false, context).then(
    () => '',
    (thrown: Error) => thrown.message,
  );
  const [found] = JSON.parse(said().stdout);
  return { tags: (found?.SignedTags ?? []).map(({ SignedTag }: { SignedTag: string }) => SignedTag), refused };
}

describe('trust lock', () => {
  test('writes root keys, versions and digests, sorted, a line each', async () => {
    expect((await lock([`${R}:v1`])).stdout).toBe(`${R} was not locked\nWrote ${FILE}\n`);
    expect(await read()).toEqual({
      version: 1,
      collections: {
        [R]: {
          rootKeys: [expect.stringMatching(/^[0-9a-f]{64}$/)],
          versions: { root: 1, targets: 2, 'targets/alice': 1, 'targets/releases': 1 },
          tags: { v1: digestText(1) },
        },
      },
    });
    const text = await readFile(stage.at(FILE), 'utf8');
    expect(formatTrustLock(parseTrustLock(Buffer.from(text)))).toBe(text);
    expect(text.split('\n').length).toBeGreaterThan(15);
  });

  test('adds tags, keeps others, and takes all of them again when none is named', async () => {
    await lock([`${R}:v1`]);
    await admin.sign('v2', 2);
    await lock([`${R}:v2`]);
    expect((await read()).collections[R].tags).toEqual({ v1: digestText(1), v2: digestText(2) });
    await admin.sign('v1', 3);
    expect((await lock([])).stdout).toContain(`${R}:v1 was ${digestText(1)} and is ${digestText(3)}\n`);
    expect((await read()).collections[R].tags).toEqual({ v1: digestText(3), v2: digestText(2) });
  });

  test('--check holds while only versions go on, and not once a digest changes', async () => {
    await lock([`${R}:v1`]);
    await admin.sign('v2', 2);
    expect(await lock([], { isCheck: true }, 'ci')).toMatchObject({ status: 0, stdout: `${FILE} holds\n` });
    await admin.sign('v1', 3);
    const refused = lock([], { isCheck: true }, 'ci');
    await expect(refused).rejects.toThrow(
      `${R}:v1 was ${digestText(1)} and is ${digestText(3)}\n${FILE} does not hold`,
    );
    expect((await read()).collections[R].tags.v1).toBe(digestText(1));
  });

  test('takes another root key only when told to', async () => {
    await lock([`${R}:v1`]);
    await rotateRootKeys({ repositories: [R], keys: [] }, admin.context);
    await expect(lock([])).rejects.toThrow('--accept-root takes it');
    expect((await lock([], { isRootAccepted: true })).stdout).toContain(`the root key of ${R} was `);
    expect((await read()).collections[R].versions.root).toBe(2);
  });

  test('names nothing, and there is nothing to take again', async () => {
    await expect(lock([])).rejects.toThrow(`name an image: ${FILE} has none`);
    await expect(lock([`${R}:nosuch`])).rejects.toThrow('No valid trust data for nosuch');
  });
});

describe('with a lockfile a machine that has seen nothing', () => {
  beforeEach(() => lock([`${R}:v1`]));

  test('pulls what it has', async () => {
    expect(await pull(`${R}:v1`)).toEqual([digestText(1)]);
    expect(await pull(`${R}@${digestText(1)}`)).toEqual([digestText(1)]);
  });

  test.each<[string, string, () => Promise<void>]>([
    ['a tag it does not have', `${R}:v2`, () => admin.sign('v2', 2)],
    ['another digest', `${R}:v1`, () => admin.sign('v1', 9)],
    ['all tags, one of which it does not have', R, () => admin.sign('v2', 2)],
    ['another root key', `${R}:v1`, () => rotateRootKeys({ repositories: [R], keys: [] }, admin.context)],
    [
      'a version before its own',
      `${R}:v1`,
      () => editLock(({ versions }) => ({ versions: { ...versions, targets: 9 } })),
    ],
    ['a collection it does not have', 'example.com/team/other:v1', async () => undefined],
  ])('refuses %s', async (_, image, change) => {
    await change();
    await expect(pull(image)).rejects.toThrow(/not what the lockfile says/);
  });

  test('shows trust data that is as the lockfile has it, and tags that it does not have', async () => {
    await admin.sign('v2', 2);
    expect((await inspect(R)).tags).toEqual(['v1', 'v2']);
    expect((await inspect(`${R}:v1`)).tags).toEqual(['v1']);
  });

  test.each<[string, string, () => Promise<void>]>([
    ['another digest under one of its tags', R, () => admin.sign('v1', 9)],
    ['one of its tags, which nobody signs any more', R, () => admin.revoke('v1')],
    ['a tag that it does not have, when that is asked for', `${R}:v2`, () => admin.sign('v2', 2)],
  ])('shows nothing where there is %s', async (_, image, change) => {
    await change();
    expect((await inspect(image)).refused).toMatch(/not what the lockfile says: expected .*, found/);
  });

  test('keeps no root that the lockfile refuses', async () => {
    await editLock(() => ({ rootKeys: ['0'.repeat(64)] }));
    await expect(pull(`${R}:v1`)).rejects.toThrow('the root key of');
    const { repository } = await machine(stage, 'ci');
    const before = (await (await repository()).update()).root.version;
    expect(before).toBe(1);
  });

  test.each([
    ['is no JSON', '{', 'lockfile is not JSON'],
    ['is of another version', '{"version": 2, "collections": {}}', 'lockfile of version 2; only 1 is known'],
    ['has a word nobody knows', '{"version": 1, "collections": {}, "x": 1}', 'lockfile has no member "x"'],
    ['pins no key', `{"version": 1, "collections": {"${R}": {"rootKeys": []}}}`, 'should be a list of key ids'],
  ])('trusts nothing when the lockfile %s', async (_, text, message) => {
    await writeFile(stage.at(FILE), text);
    await expect(pull(`${R}:v1`)).rejects.toThrow(message);
  });

  async function editLock(edit: (entry: { versions: object }) => object): Promise<void> {
    const lockfile = await read();
    Object.assign(lockfile.collections[R], edit(lockfile.collections[R]));
    await writeFile(stage.at(FILE), JSON.stringify(lockfile));
  }
});
