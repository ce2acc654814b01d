import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { type Digest, digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import { createMemoryDriver, openFilesystemDriver, parseStorageKey } from '../../src/storage/index.ts';
import { type Answer, imageManifest, type RunningRegistry, runRegistry } from './running-registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'conditional-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PATH = '/v2/test/api/manifests';
const config = digestOf('{}');
const first = imageManifest(config, []);
const second = imageManifest(config, [], { annotations: { version: '2' } });
const third = imageManifest(config, [], { annotations: { version: '3' } });
const quoted = (body: string): string => `"${digestOf(body)}"`;

function put({ ask }: RunningRegistry, reference: string, body: string, conditions = {}): Promise<Answer> {
  return ask('PUT', `${PATH}/${reference}`, {
    body,
    headers: { 'content-type': MEDIA_TYPES.ociManifest, ...conditions },
  });
}

async function runWithTag(): Promise<RunningRegistry> {
  const registry = await runRegistry({ deleteEnabled: true });
  await registry.pushBlob('test/api', Buffer.from('{}'));
  await put(registry, 'there', first);
  return registry;
}

async function digestBehind({ ask }: RunningRegistry, reference: string): Promise<string | undefined> {
  return (await ask('HEAD', `${PATH}/${reference}`)).headers['docker-content-digest'];
}

describe('a manifest put by tag', () => {
  test.each([
    { when: 'the tag is on the manifest that If-Match names', tag: 'there', 'if-match': quoted(first), status: 201 },
    {
      when: 'one of the manifests that If-Match names',
      tag: 'there',
      'if-match': `"x", ${quoted(first)}`,
      status: 201,
    },
    { when: 'If-Match names it without quotes', tag: 'there', 'if-match': digestOf(first), status: 201 },
    { when: 'If-Match is * and the tag is there', tag: 'there', 'if-match': '*', status: 201 },
    { when: 'the tag is on another manifest', tag: 'there', 'if-match': quoted(third), status: 412 },
    { when: 'If-Match names it weakly', tag: 'there', 'if-match': `W/${quoted(first)}`, status: 412 },
    { when: 'If-Match is * and the tag is not there', tag: 'new', 'if-match': '*', status: 412 },
    { when: 'If-Match names a manifest and the tag is not there', tag: 'new', 'if-match': quoted(first), status: 412 },
    { when: 'If-None-Match is * and the tag is not there', tag: 'new', 'if-none-match': '*', status: 201 },
    { when: 'If-None-Match is * and the tag is there', tag: 'there', 'if-none-match': '*', status: 412 },
    { when: 'If-None-Match names what the tag is on', tag: 'there', 'if-none-match': quoted(first), status: 412 },
    { when: 'If-None-Match names another', tag: 'there', 'if-none-match': quoted(third), status: 201 },
  ])('is answered $status when $when', async ({ when: _, tag, status, ...conditions }) => {
    await using registry = await runWithTag();
    const before = await digestBehind(registry, tag);
    const answer = await put(registry, tag, second, conditions);
    expect(answer).toMatchObject({ status, code: status === 412 ? 'PRECONDITION_FAILED' : undefined });
    expect(await digestBehind(registry, tag)).toBe(status === 412 ? before : digestOf(second));
    if (status !== 412) return;
    expect(JSON.parse(String(answer.body)).errors[0].detail).toEqual({ current: before ?? null });
    expect(await digestBehind(registry, digestOf(second)), 'nothing of it is stored').toBeUndefined();
  });

  test('that is invalid is said to be so, whatever its condition', async () => {
    await using registry = await runWithTag();
    const answer = await put(registry, 'there', '{}', { 'if-match': quoted(third) });
    expect(answer).toMatchObject({ status: 400, code: 'MANIFEST_INVALID' });
  });

  test('that is on a manifest which is gone is as good as not there', async () => {
    const driver = createMemoryDriver();
    await using registry = await runRegistry({ driver });
    await registry.pushBlob('test/api', Buffer.from('{}'));
    await put(registry, 'there', first);
    const revision = `_manifests/revisions/sha256/${digestOf(first).slice(7)}/link`;
    await driver.delete(parseStorageKey(`docker/registry/v2/repositories/test/api/${revision}`));
    expect((await put(registry, 'there', second, { 'if-none-match': '*' })).status).toBe(201);
  });
});

test('a manifest put by digest may be put under the condition that it is new', async () => {
  await using registry = await runWithTag();
  const conditions = { 'if-none-match': '*' };
  expect((await put(registry, digestOf(first), first, conditions)).status).toBe(412);
  expect((await put(registry, digestOf(second), second, conditions)).status).toBe(201);
});

describe('a tag', () => {
  test.each([
    { when: 'it is on the manifest that If-Match names', 'if-match': quoted(first), status: 202 },
    { when: 'it is on another', 'if-match': quoted(second), status: 412 },
  ])('is deleted with $status when $when', async ({ when: _, status, ...headers }) => {
    await using registry = await runWithTag();
    expect((await registry.ask('DELETE', `${PATH}/there`, { headers })).status).toBe(status);
    expect(await digestBehind(registry, 'there')).toBe(status === 412 ? digestOf(first) : undefined);
  });

  test('that is not there is unknown to a DELETE, whatever its condition', async () => {
    await using registry = await runWithTag();
    const answer = await registry.ask('DELETE', `${PATH}/nosuch`, { headers: { 'if-match': quoted(first) } });
    expect(answer).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
  });

  test.each([
    { over: 'memory', options: {} },
    { over: 'files', options: { driver: openFilesystemDriver(join(folder, 'racers')) } },
  ])('that many put at once under one condition is won by one of them, over $over', async ({ options }) => {
    await using registry = await runRegistry(options);
    await registry.pushBlob('test/api', Buffer.from('{}'));
    await put(registry, 'there', first);
    const bodies = Array.from({ length: 12 }, (_, i) => imageManifest(config, [], { annotations: { racer: `${i}` } }));
    const answers = await Promise.all(
      bodies.map((body) => put(registry, 'there', body, { 'if-match': quoted(first) })),
    );
    const won = bodies.filter((_, i) => answers[i]?.status === 201);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(11).fill(412)]);
    expect(await digestBehind(registry, 'there')).toBe(digestOf(won[0] ?? ''));
  });

  test('that several processes change under a condition loses no change', async () => {
    const program = join(folder, 'writer.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'counting-writer.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    });
    const root = join(folder, 'counted');
    const statuses = await Promise.all(
      [1, 2, 3].map(
        () => new Promise((resolve) => fork(program, [root, '15'], { stdio: 'ignore' }).on('exit', resolve)),
      ),
    );
    expect(statuses).toEqual([0, 0, 0]);
    await using registry = await runRegistry({ driver: openFilesystemDriver(root) });
    const { body } = await registry.ask('GET', '/v2/race/test/manifests/counter');
    expect(JSON.parse(String(body)).annotations).toEqual({ number: '45' });
  });
});

describe('a manifest put by digest with tags', () => {
  const ask = (registry: RunningRegistry, query: string): Promise<Answer> =>
    put(registry, `${digestOf(second)}?${query}`, second);

  test('is under each of them, and says which', async () => {
    await using registry = await runWithTag();
    const answer = await ask(registry, 'tag=1.2.3&tag=1.2&tag=1&tag=there&tag=1');
    expect(answer).toMatchObject({ status: 201, headers: { 'oci-tag': '1.2.3, 1.2, 1, there' } });
    const behind = await Promise.all(['1.2.3', '1.2', '1', 'there'].map((tag) => digestBehind(registry, tag)));
    expect(new Set(behind)).toEqual(new Set<Digest>([digestOf(second)]));
  });

  test.each([
    { why: 'one of them is none', query: 'tag=good&tag=.bad', status: 400, code: 'TAG_INVALID' },
    { why: 'there are too many', query: Array(101).fill('tag=x').join('&'), status: 414, code: 'SIZE_INVALID' },
  ])('is answered $status when $why', async ({ query, status, code }) => {
    await using registry = await runWithTag();
    expect(await ask(registry, query)).toMatchObject({ status, code });
    expect(await digestBehind(registry, 'good')).toBeUndefined();
  });
});
