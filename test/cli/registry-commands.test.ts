import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli/run.ts';
import { captureOutput } from '../../src/cli/testing/capture.ts';
import { testIo } from '../../src/cli/testing/io.ts';
import { trustsandboxProgram } from '../../src/cli/trustsandbox-program.ts';
import { digestOf, MEDIA_TYPES, parseRepositoryName, parseTag } from '../../src/core/index.ts';
import { blobDataKey, createRegistry } from '../../src/registry/index.ts';
import { openFilesystemDriver } from '../../src/storage/index.ts';
import { imageManifest } from '../registry/running-registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'cli-registry-'));
afterAll(() => rmSync(folder, { recursive: true }));
const name = parseRepositoryName('test/app');
let trees = 0;

async function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [captureOutput(), captureOutput()];
  const io = testIo({ stdout, stderr, cwd: folder, env: { TRUSTSANDBOX_HOME: join(folder, 'home') } });
  const status = await runProgram(trustsandboxProgram, ['registry', ...args], io);
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** A tree with an image `latest`, one without a tag, and a blob that no manifest names; all of it two hours old. */
async function makeTree() {
  trees += 1;
  const root = join(folder, `tree-${trees}`);
  const driver = openFilesystemDriver(root);
  const { blobs, manifests } = createRegistry({ driver });
  const image = async (text: string) =>
    Buffer.from(imageManifest(await blobs.put(name, Buffer.from('{}')), [await blobs.put(name, Buffer.from(text))]));
  const [tagged, untagged] = [await image('tagged'), await image('untagged')];
  await manifests.put(name, parseTag('latest'), MEDIA_TYPES.ociManifest, tagged);
  await manifests.put(name, digestOf(untagged), MEDIA_TYPES.ociManifest, untagged);
  await blobs.put(name, Buffer.from('left over'));
  const old = new Date(Date.now() - 2 * 3_600_000);
  for (const key of readdirSync(root, { recursive: true, encoding: 'utf8' })) utimesSync(join(root, key), old, old);
  const has = (text: string | Buffer): boolean => existsSync(join(root, blobDataKey(digestOf(text))));
  return { root, driver, tagged, untagged, has };
}

describe('registry garbage-collect', () => {
  test('deletes what no manifest names, and says what it did', async () => {
    const { root, has } = await makeTree();
    const { status, stdout, stderr } = await run('garbage-collect', '--root', root);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      [
        '5 blobs marked, 1 blobs and 0 manifests deleted',
        `test/app: layer link deleted: ${digestOf('left over')}`,
        `blob deleted: ${digestOf('left over')} 9B`,
        'space reclaimed: 9B\n',
      ].join('\n'),
    );
    expect([has('tagged'), has('untagged'), has('left over')]).toEqual([true, true, false]);
  });

  test("has distribution's flags: dry run, untagged manifests, quiet", async () => {
    const { root, has, untagged } = await makeTree();
    expect((await run('garbage-collect', '-d', '-m', '--root', root)).stdout).toContain(
      `3 blobs marked, 3 blobs and 1 manifests eligible for deletion\ntest/app: manifest eligible for deletion: ${digestOf(untagged)}\n`,
    );
    expect(has(untagged)).toBe(true);
    expect(await run('garbage-collect', '--delete-untagged', '--quiet', '--root', root)).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect([has(untagged), has('untagged'), has('tagged')]).toEqual([false, false, true]);
  });

  test('takes the storage and what to keep from the configuration of the registry', async () => {
    const { root, has } = await makeTree();
    const config = join(folder, 'registry.yml');
    const retention = "retention: [{repositories: 'test/*', keep: [{tags: 'v*'}]}]";
    writeFileSync(
      config,
      `version: 0.1\nstorage: {filesystem: {rootdirectory: ${root}}, maintenance: {${retention}}}\n`,
    );
    const { status, stdout, stderr } = await run('garbage-collect', '--format', 'json', config);
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ tags: [{ repository: 'test/app', name: 'latest' }], blobsKept: 0 });
    expect(has('tagged')).toBe(false);
  });

  test('leaves alone what is younger than the grace', async () => {
    const { root, has } = await makeTree();
    await run('garbage-collect', '--grace', '3h', '--root', root);
    expect(has('left over')).toBe(true);
  });

  test.each([
    { args: ['--grace', '1s'], stderr: /a grace of 1 s is too short while a registry may write: 1800 s at least/ },
    { args: ['--grace', 'soon'], stderr: /--grace: want a duration such as 1h30m, found "soon"/ },
    { args: ['--format', 'xml'], stderr: /--format: want text or json, found "xml"/ },
    { args: ['nosuch.yml'], stderr: /configuration cannot be read/ },
  ])('refuses $args', async ({ args, stderr }) => {
    const { root } = await makeTree();
    const outcome = await run('garbage-collect', '--root', root, ...args);
    expect(outcome).toMatchObject({ status: 1, stderr: expect.stringMatching(stderr) });
  });
});

describe('registry scrub', () => {
  test('verifies every blob; moves damaged ones aside, and back', async () => {
    const { root, has, driver } = await makeTree();
    expect(await run('scrub', '--root', root)).toMatchObject({
      status: 0,
      stdout: '6 blobs verified (819B), 0 damaged\n',
    });
    const digest = digestOf('tagged');
    await driver.write(blobDataKey(digest), [Buffer.from('Malicious data\n')]);
    const { status, stdout } = await run('scrub', '--quarantine', '--root', root);
    expect(status).toBe(1);
    expect(stdout).toContain(
      `${digest} holds 15B of ${digestOf('Malicious data\n')}, in test/app; moved to quarantine\n`,
    );
    expect(has('tagged')).toBe(false);
    expect((await run('quarantine', 'ls', '--root', root)).stdout).toContain(`${digest}   15B`);
    expect(await run('quarantine', 'restore', '--root', root, digest)).toMatchObject({ status: 0 });
    expect(readFileSync(join(root, blobDataKey(digest)), 'utf8')).toBe('Malicious data\n');
    expect(await run('quarantine', 'restore', '--root', root, digest)).toMatchObject({ status: 1 });
  });
});
