import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Digest, digestOf, type LogFields, MEDIA_TYPES, silentLog } from '../../src/core/index.ts';
import type { RegistryEvent, RegistryOptions } from '../../src/registry/index.ts';
import { openFilesystemDriver } from '../../src/storage/index.ts';
import { type Answer, imageManifest, type RunningRegistry, runRegistry } from './running-registry.ts';

/** What was answered once is answered again from memory, as long as the files are what they were. */
const folder = mkdtempSync(join(tmpdir(), 'hot-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const oci = { 'content-type': MEDIA_TYPES.ociManifest };
const config = digestOf('{}');
const [first, second] = [imageManifest(config, []), imageManifest(config, [], { annotations: { version: '2' } })];
const BY_TAG = '/v2/test/api/manifests/latest';

interface Trial extends RunningRegistry {
  readonly root: string;
  /** Path of a file of the repository, or of the data of a blob. */
  file(path: string | Digest): string;
}

/** A registry that has answered everything twice. */
async function runWarm(options: Partial<RegistryOptions> = {}): Promise<Trial> {
  const root = mkdtempSync(join(folder, 'tree-'));
  const registry = await runRegistry({ driver: openFilesystemDriver(root), deleteEnabled: true, ...options });
  await registry.pushBlob('test/api', Buffer.from('{}'));
  await registry.ask('PUT', BY_TAG, { body: first, headers: oci });
  for (const path of [BY_TAG, `/v2/test/api/manifests/${digestOf(first)}`, `/v2/test/api/blobs/${config}`]) {
    for (const method of ['GET', 'HEAD', 'GET', 'HEAD']) await registry.ask(method, path);
  }
  const tree = join(root, 'docker/registry/v2');
  const file = (path: string): string =>
    path.startsWith('sha256:')
      ? join(tree, 'blobs/sha256', path.slice(7, 9), path.slice(7), 'data')
      : join(tree, 'repositories/test/api', path);
  return { ...registry, root, file };
}

function plain({ status, headers: { date: _, ...headers }, body }: Answer) {
  return { status, headers, body: String(body) };
}

describe('an answer from memory', () => {
  test.each([
    { method: 'GET', path: BY_TAG },
    { method: 'HEAD', path: BY_TAG },
    { method: 'GET', path: `/v2/test/api/manifests/${digestOf(first)}` },
    { method: 'GET', path: `/v2/test/api/blobs/${config}` },
    { method: 'HEAD', path: `/v2/test/api/blobs/${config}` },
  ])('is the same as the first: $method $path', async ({ method, path }) => {
    await using warm = await runWarm();
    await using fresh = await runRegistry({ driver: openFilesystemDriver(warm.root) });
    expect(plain(await warm.ask(method, path))).toEqual(plain(await fresh.ask(method, path)));
  });

  test.each([
    { what: 'If-None-Match', path: BY_TAG, headers: { 'if-none-match': `"${digestOf(first)}"` }, status: 304 },
    { what: 'Range', path: `/v2/test/api/blobs/${config}`, headers: { range: 'bytes=1-1' }, status: 206 },
  ])('is not given to a request with $what', async ({ path, headers, status }) => {
    await using warm = await runWarm();
    expect((await warm.ask('GET', path, { headers })).status).toBe(status);
    expect((await warm.ask('GET', path)).status).toBe(200);
  });

  test('is given to those who may have it alone', async () => {
    let asked = 0;
    const access = {
      async authorize() {
        asked += 1;
        return { user: 'alice' };
      },
      async reload() {},
    };
    await using warm = await runWarm({ access });
    const before = asked;
    await warm.ask('GET', BY_TAG);
    await warm.ask('HEAD', BY_TAG);
    expect(asked - before).toBe(2);
  });

  test('is not given by a server that is ill', async () => {
    const failures = new Map<string, string>();
    await using warm = await runWarm({ health: { report: () => failures } });
    expect((await warm.ask('GET', BY_TAG)).status).toBe(200);
    failures.set('storage', 'gone');
    expect((await warm.ask('GET', BY_TAG)).status).toBe(503);
  });

  test('is logged and told like any other', async () => {
    const lines: LogFields[] = [];
    const events: RegistryEvent[] = [];
    const log = { ...silentLog, info: (_: string, fields: LogFields = {}) => void lines.push(fields) };
    await using warm = await runWarm({ log, listen: (event) => void events.push(event) });
    await new Promise(setImmediate); // an answer is here before the server has told of it
    lines.length = 0;
    events.length = 0;
    await warm.ask('GET', BY_TAG);
    await warm.ask('HEAD', BY_TAG);
    await new Promise(setImmediate);
    const line = { route: '/v2/<name>/manifests/<reference>', path: BY_TAG, status: 200 };
    expect(lines.filter(({ path }) => path === BY_TAG)).toMatchObject([
      { ...line, method: 'GET' },
      { ...line, method: 'HEAD' },
    ]);
    expect(events.filter(({ tag }) => tag === 'latest')).toMatchObject([
      { action: 'pull', repository: 'test/api', digest: digestOf(first), tag: 'latest' },
    ]);
  });
});

describe('the next request sees', () => {
  test('a tag that another process moved', async () => {
    await using warm = await runWarm();
    await using other = await runRegistry({ driver: openFilesystemDriver(warm.root) });
    await other.ask('PUT', BY_TAG, { body: second, headers: oci });
    expect(String((await warm.ask('GET', BY_TAG)).body)).toBe(second);
  });

  test('a manifest that another process deleted', async () => {
    await using warm = await runWarm();
    await using other = await runRegistry({ driver: openFilesystemDriver(warm.root), deleteEnabled: true });
    await other.ask('DELETE', `/v2/test/api/manifests/${digestOf(first)}`);
    expect((await warm.ask('GET', BY_TAG)).status).toBe(404);
    expect((await warm.ask('GET', `/v2/test/api/manifests/${digestOf(first)}`)).status).toBe(404);
  });

  test('a manifest that a person changed', async () => {
    await using warm = await runWarm();
    writeFileSync(warm.file(digestOf(first)), second);
    expect(String((await warm.ask('GET', BY_TAG)).body)).toBe(second);
  });

  test('a link that a person took away', async () => {
    await using warm = await runWarm();
    rmSync(warm.file(`_layers/sha256/${config.slice(7)}/link`));
    expect((await warm.ask('HEAD', `/v2/test/api/blobs/${config}`)).status).toBe(404);
  });

  test('a file that was written again with what was in it', async () => {
    await using warm = await runWarm();
    const file = warm.file(digestOf(first));
    writeFileSync(file, readFileSync(file));
    for (const _ of [1, 2, 3]) expect(String((await warm.ask('GET', BY_TAG)).body)).toBe(first);
  });
});

test('a whole URL in the request line is answered as its path', async () => {
  await using warm = await runWarm();
  const host = `127.0.0.1:${warm.port}`;
  const answer = await warm.raw(`GET http://${host}${BY_TAG} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
});
