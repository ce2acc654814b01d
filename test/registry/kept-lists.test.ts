import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import { openFilesystemDriver } from '../../src/storage/index.ts';
import { imageManifest, type RunningRegistry, runRegistry } from './running-registry.ts';

/** Lists are kept as long as nothing has changed. Two registries over one tree stand for two processes. */
const folder = mkdtempSync(join(tmpdir(), 'kept-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => void vi.restoreAllMocks());

const body = imageManifest(digestOf('{}'), []);

async function push({ ask, pushBlob }: RunningRegistry, name: string, tag: string): Promise<void> {
  await pushBlob(name, Buffer.from('{}'));
  const headers = { 'content-type': MEDIA_TYPES.ociManifest };
  expect((await ask('PUT', `/v2/${name}/manifests/${tag}`, { body, headers })).status).toBe(201);
}

async function list({ ask }: RunningRegistry, path: string): Promise<string[]> {
  const { tags, repositories } = JSON.parse(String((await ask('GET', path)).body));
  return tags ?? repositories;
}

/** Moves this process's clocks on, as far as the age of lists and folders goes. */
function passTime(ms: number): void {
  const [now, today] = [performance.now(), Date.now()];
  vi.spyOn(performance, 'now').mockReturnValue(now + ms);
  vi.spyOn(Date, 'now').mockReturnValue(today + ms);
}

async function runTwo() {
  const root = mkdtempSync(join(folder, 'tree-'));
  const [ours, other] = [
    await runRegistry({ driver: openFilesystemDriver(root), deleteEnabled: true }),
    await runRegistry({ driver: openFilesystemDriver(root), deleteEnabled: true }),
  ];
  await push(ours, 'team/app', 'v1');
  passTime(100); // folders are old enough for their versions to tell
  for (const _ of [1, 2, 3]) await list(ours, '/v2/team/app/tags/list');
  for (const _ of [1, 2, 3]) await list(ours, '/v2/_catalog');
  return {
    ours,
    other,
    repository: join(root, 'docker/registry/v2/repositories/team/app'),
    async [Symbol.asyncDispose]() {
      await ours[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
}

describe('the next list of tags has', () => {
  test.each(['ours', 'other'] as const)('a tag that %s put', async (who) => {
    await using two = await runTwo();
    await push(two[who], 'team/app', 'v2');
    expect(await list(two.ours, '/v2/team/app/tags/list')).toEqual(['v1', 'v2']);
  });

  test.each(['ours', 'other'] as const)('no tag that %s deleted', async (who) => {
    await using two = await runTwo();
    await two[who].ask('DELETE', '/v2/team/app/manifests/v1');
    expect(await list(two.ours, '/v2/team/app/tags/list')).toEqual([]);
  });

  test('no tag, a second later, whose link alone a person took away', async () => {
    await using two = await runTwo();
    rmSync(join(two.repository, '_manifests/tags/v1/current/link'));
    passTime(1500);
    expect(await list(two.ours, '/v2/team/app/tags/list')).toEqual([]);
  });
});

describe('the next catalog has', () => {
  test.each([
    { what: 'a repository of a folder that is known', name: 'team/new' },
    { what: 'a repository of a new folder', name: 'new/app' },
    { what: 'one without a folder', name: 'alone' },
  ])('$what', async ({ name }) => {
    await using two = await runTwo();
    await push(two.other, name, 'v1');
    passTime(30);
    expect(new Set(await list(two.ours, '/v2/_catalog'))).toEqual(new Set(['team/app', name]));
    const own = `${name}-own`;
    await push(two.ours, own, 'v1');
    expect(await list(two.ours, '/v2/_catalog')).toContain(own);
  });

  test('a repository inside another, a second later', async () => {
    await using two = await runTwo();
    await push(two.other, 'team/app/inner', 'v1');
    passTime(1500);
    expect(await list(two.ours, '/v2/_catalog')).toEqual(['team/app', 'team/app/inner']);
  });

  test('no repository that a person removed', async () => {
    await using two = await runTwo();
    rmSync(two.repository, { recursive: true });
    passTime(30);
    expect(await list(two.ours, '/v2/_catalog')).toEqual([]);
  });
});
