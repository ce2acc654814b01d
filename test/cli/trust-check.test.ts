import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkImages } from '../../src/cli/trust/check.ts';
import { inspectImages } from '../../src/cli/trust/inspect.ts';
import type { FetchManifest } from '../../src/cli/trust/remote-manifest.ts';
import { resolveImages } from '../../src/cli/trust/resolve.ts';
import { ContentTrustError } from '../../src/cli/trust/trust-error.ts';
import { MEDIA_TYPES, parseDigest } from '../../src/core/index.ts';
import { listDockerfileImages } from '../../src/trust/index.ts';
import { type NotaryStage, setNotaryStage } from '../notary-stage.ts';
import { DAY_MS, digestText, fileOf, machine, R, START, signedApp } from './signed-app.ts';

let stage: NotaryStage;
let admin: Awaited<ReturnType<typeof signedApp>>;
beforeEach(async () => {
  stage = await setNotaryStage();
  admin = await signedApp(stage);
});
afterEach(() => stage[Symbol.asyncDispose]());

/** A registry that has everything, of one size. */
function has(size: number): FetchManifest {
  return async ({ digest }) => ({
    mediaType: MEDIA_TYPES.ociManifest,
    bytes: Buffer.alloc(size),
    digest: parseDigest(String(digest)),
  });
}

async function check(dockerfile: string, allowed: string[] = [], name = 'ci') {
  const { context } = await machine(stage, name);
  return checkImages(listDockerfileImages(dockerfile), allowed, context);
}

describe('trust check', () => {
  test('tells of each image whether it is signed, by whom and until when', async () => {
    const findings = await check(
      `FROM ${R}:v1 AS build\nFROM ${R}:v9\nFROM build\nCOPY --from=${R}@${digestText(1)} / /`,
    );
    expect(findings).toEqual([
      {
        ...{ line: 1, use: 'FROM', image: `${R}:v1`, stage: 'build', platform: undefined, status: 'signed', tag: 'v1' },
        ...{ digest: digestText(1), role: 'targets/releases', signers: ['alice'], until: '2029-11-22T05:00:00.000Z' },
      },
      expect.objectContaining({
        line: 2,
        status: 'refused',
        code: 'TRUST_TARGET_NOT_FOUND',
        reason: 'No valid trust data for v9',
      }),
      expect.objectContaining({ line: 4, use: 'COPY', status: 'signed', tag: 'v1' }),
    ]);
  });

  test.each([
    ['a digest that nobody signed', `FROM ${R}@${digestText(8)}`, 'No valid trust data for sha256:0808'],
    ['a tag and the digest of another', `FROM ${R}:v1@${digestText(8)}`, `v1 is signed for ${digestText(1)}, not for`],
    ['a repository without trust data', 'FROM example.com/none', 'does not have trust data for example.com/none'],
    ['a name that is none', 'FROM UPPER/Case', 'invalid reference format'],
  ])('refuses %s', async (_, dockerfile, reason) => {
    expect(await check(dockerfile)).toEqual([
      expect.objectContaining({ status: 'refused', reason: expect.stringContaining(reason) }),
    ]);
  });

  test('lets an image pass that is allowed to be unsigned, and says why it would not have', async () => {
    const [finding] = await check('FROM example.com/none', ['example.com/*']);
    expect(finding).toMatchObject({ status: 'allowed', reason: expect.stringContaining('does not have trust data') });
  });

  test('names the gate that refused, what was expected and what was found', async () => {
    stage.clock.set(new Date(START.getTime() + 4 * 365 * DAY_MS));
    const [finding] = await check(`FROM ${R}:v1`);
    expect(finding).toMatchObject({
      code: 'TUF_EXPIRED',
      reason: expect.stringContaining('date gate: expected a date to come, found 2029-11-22T05:00:00Z (TUF_EXPIRED)'),
      refusal: { gate: 'date', expected: 'a date to come', found: '2029-11-22T05:00:00Z' },
    });
  });
});

describe('trust resolve', () => {
  async function resolve(
    images: string[],
    { isJson = false, fetch }: { isJson?: boolean; fetch?: FetchManifest } = {},
  ) {
    const { context, said } = await machine(stage, 'ci');
    const status = await resolveImages(images, isJson, context, fetch);
    return { ...said(), status };
  }

  test('prints what images are signed for, by digest, in their order', async () => {
    await admin.sign('latest', 2);
    expect(await resolve([`${R}:v1`, R, `${R}@${digestText(1)}`])).toEqual({
      stdout: `${R}@${digestText(1)}\n${R}@${digestText(2)}\n${R}@${digestText(1)}\n`,
      stderr: '',
      status: 0,
    });
  });

  test('says of those that are not signed why, prints the others, and exits with 1', async () => {
    expect(await resolve([`${R}:v9`, `${R}:v1`])).toEqual({
      stdout: `${R}@${digestText(1)}\n`,
      stderr: `${R}:v9: No valid trust data for v9\n`,
      status: 1,
    });
    const [refused, signed] = JSON.parse((await resolve([`${R}:v9`, `${R}:v1`], { isJson: true })).stdout);
    expect(refused).toMatchObject({ image: `${R}:v9`, status: 'refused', code: 'TRUST_TARGET_NOT_FOUND' });
    expect(signed).toMatchObject({ reference: `${R}@${digestText(1)}`, signers: ['alice'], tag: 'v1' });
  });

  test.each<[string, FetchManifest, string]>([
    ['has it not', async () => Promise.reject(new ContentTrustError('manifest unknown')), 'manifest unknown'],
    ['has it of another size than was signed', has(731), 'found 731 bytes (TUF_LENGTH_MISMATCH)'],
  ])('refuses what is signed when the registry, asked too, %s', async (_, fetch, reason) => {
    const { status, stdout, stderr } = await resolve([`${R}:v1`], { fetch });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(reason);
    const { context } = await machine(stage, 'ci');
    const [finding] = await checkImages(listDockerfileImages(`FROM ${R}:v1`), [], context, fetch);
    expect(finding).toMatchObject({ status: 'refused', reason: expect.stringContaining(reason) });
  });

  test('takes what the registry, asked too, has as it was signed', async () => {
    expect(await resolve([`${R}:v1`], { fetch: has(fileOf(1).length) })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('trust inspect', () => {
  test('says why there is nothing to show, below what docker says', async () => {
    stage.clock.set(new Date(START.getTime() + 4 * 365 * DAY_MS));
    const message = `no signatures or cannot access ${R}`;
    const [ours, dockers] = [await machine(stage, 'a'), await machine(stage, 'b', { program: 'docker' })];
    await expect(inspectImages([R], false, ours.context)).rejects.toThrow(
      `${message}\nError: remote repository ${R} out-of-date: targets expired at`,
    );
    await expect(inspectImages([R], false, dockers.context)).rejects.toThrow(expect.objectContaining({ message }));
  });
});

describe('a trace', () => {
  const traced = async (trace: 'text' | 'json', name: string) => {
    const reader = await machine(stage, name, { options: { trace } });
    await (await reader.repository()).getTarget('v1', ['targets/releases' as never]);
    return reader.said().stderr.trim().split('\n');
  };

  test('tells of every fetch, every gate and why this digest, in text', async () => {
    const lines = await traced('text', 'one');
    expect(lines[0]).toBe(`trace: update ${R}: strict verification, 2026-11-23T05:00:00.000Z, nothing pinned`);
    const started = (start: string) => lines.filter((line) => line.startsWith(`trace: ${start}`)).length;
    expect(started('fetch')).toBe(6);
    expect(started('passed')).toBeGreaterThan(25);
    expect(lines.at(-1)).toMatch(
      new RegExp(`^trace: found v1 in targets/releases: ${digestText(1)}, signed by [0-9a-f]{64}; the first of`),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^trace: passed timestamp, signatures gate: expected 1 of 1 keys, found signatures by [0-9a-f]{64}; TUF v1.0.34 §5.4.2$/,
      ),
    );
  });

  test('is a JSON object a line, and tells what refused', async () => {
    const first = await traced('json', 'two');
    expect(JSON.parse(first[0] ?? '')).toMatchObject({ kind: 'update', gun: R, mode: 'strict' });
    stage.clock.set(new Date(START.getTime() + 4 * 365 * DAY_MS));
    const reader = await machine(stage, 'two', { options: { trace: 'json' } });
    await expect((await reader.repository()).getTarget('v1')).rejects.toThrow('targets expired');
    const events = reader
      .said()
      .stderr.split('\n')
      .filter((line) => line.startsWith('{'));
    expect(events.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ kind: 'gate', role: 'targets', gate: 'date', section: '§5.6.5', code: 'TUF_EXPIRED' }),
    );
  });
});

describe('verification is', () => {
  test.each([
    ['strict where we are called by our name', 'trustsandbox', {}, 'strict'],
    ["as docker's where we are called docker", 'docker', {}, 'compat'],
    ['what the variable says', 'docker', { TRUSTSANDBOX_VERIFICATION: 'strict' }, 'strict'],
    ['what the variable says, weaker too', 'trustsandbox', { TRUSTSANDBOX_VERIFICATION: 'compat' }, 'compat'],
  ])('%s', async (_, program, env, mode) => {
    const reader = await machine(stage, 'reader', { program, env });
    expect((await (await reader.repository()).update()).rules.mode).toBe(mode);
  });

  test('what a flag says before a variable does', async () => {
    const options = { verification: 'compat' } as const;
    const reader = await machine(stage, 'reader', { options, env: { TRUSTSANDBOX_VERIFICATION: 'strict' } });
    expect((await (await reader.repository()).update()).rules.mode).toBe('compat');
  });

  test('nothing that nobody knows', async () => {
    const reader = await machine(stage, 'reader', { env: { TRUSTSANDBOX_VERIFICATION: 'lax' } });
    await expect(reader.repository()).rejects.toThrow('TRUSTSANDBOX_VERIFICATION: want compat or strict, found "lax"');
  });

  test('strict of what docker and we sign: signers added, tags signed again, several readers', async () => {
    const reader = await machine(stage, 'reader');
    for (const fill of [2, 3, 4]) {
      await admin.sign('v1', fill);
      const target = await (await reader.repository()).getTarget('v1', ['targets/releases' as never]);
      expect(target.file.hashes).toEqual(fileOf(fill).hashes);
    }
    expect(await inspectImages([R], false, reader.context)).toBe(0);
  });
});
