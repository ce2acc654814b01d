import { mkdtempSync, rmSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/core/index.ts';
import { createMemoryDriver, openFilesystemDriver, type StorageDriver } from '../../src/storage/index.ts';
import { type RunningRegistry, runRegistry } from './running-registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'uploads-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const content = Buffer.from('hello registry\n');
const digest = digestOf(content);
const other = digestOf('something else');

async function start({ ask }: RunningRegistry, name = 'test/api'): Promise<string> {
  const { headers } = await ask('POST', `/v2/${name}/blobs/uploads/`);
  return String(headers.location).replace(/^http:\/\/[^/]+/, '');
}

const stores: [string, () => StorageDriver][] = [
  ['memory', () => createMemoryDriver()],
  ['files', () => openFilesystemDriver(mkdtempSync(join(folder, 'store-')))],
];

describe.each(stores)('uploads over %s', (_, open) => {
  test('a blob pushed in chunks is served as it came', async () => {
    await using registry = await runRegistry({ driver: open() });
    const { ask } = registry;
    let location = await start(registry);
    for (const [body, range] of [
      [content.subarray(0, 5), '0-4'],
      [content.subarray(5), '5-14'],
    ] as const) {
      const answer = await ask('PATCH', location, { body, headers: { 'content-range': range } });
      expect(answer).toMatchObject({ status: 202, headers: { range: `0-${range.split('-')[1]}` } });
      location = new URL(String(answer.headers.location)).pathname;
    }
    expect(await ask('GET', location)).toMatchObject({ status: 204, headers: { range: '0-14' } });
    expect(await ask('PUT', `${location}?digest=${digest}`)).toMatchObject({
      status: 201,
      headers: { 'docker-content-digest': digest, location: expect.stringMatching(`/v2/test/api/blobs/${digest}$`) },
    });
    expect(await ask('GET', `/v2/test/api/blobs/${digest}`)).toMatchObject({ status: 200, body: content });
    expect(await ask('GET', location)).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
  });

  test('an upload begun in one process is finished in another', async () => {
    const driver = open();
    await using first = await runRegistry({ driver });
    await using second = await runRegistry({ driver });
    const location = await start(first);
    const { headers } = await first.ask('PATCH', location, { body: content.subarray(0, 7) });
    const next = new URL(String(headers.location));
    const put = await second.ask('PUT', `${next.pathname}${next.search}&digest=${digest}`, {
      body: content.subarray(7),
    });
    expect(put.status).toBe(201);
    expect((await first.ask('GET', `/v2/test/api/blobs/${digest}`)).body).toEqual(content);
  });

  test('a chunk whose sender dies counts as far as it came, and the upload goes on from there', async () => {
    const { driver, firstChunk } = watchChunks(open());
    await using registry = await runRegistry({ driver });
    const path = (await start(registry)).replace(/\?.*/, '');
    const dying = sendHalf(registry.port, path, content.subarray(0, 6));
    await firstChunk;
    dying.destroy();
    const rest = { body: content.subarray(6), headers: { 'content-range': '6-14' } };
    await expect.poll(async () => (await registry.ask('PATCH', path, rest)).headers.range).toBe('0-14');
    expect(await registry.ask('PUT', `${path}?digest=${digest}`)).toMatchObject({ status: 201 });
  });

  test('any chunking of a body gives the same blob', async () => {
    await using registry = await runRegistry({ driver: open() });
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(chunk, { maxLength: 4 }), { maxLength: 3 }),
        fc.boolean(),
        async (bodies, last) => {
          const whole = Buffer.concat(bodies.flat());
          const path = (await start(registry)).replace(/\?.*/, '');
          for (const body of last ? bodies.slice(0, -1) : bodies) {
            expect((await registry.ask('PATCH', path, { body })).status).toBe(202);
          }
          const body = (last && bodies.at(-1)) || [];
          const put = await registry.ask('PUT', `${path}?digest=${digestOf(whole)}`, { body });
          expect(put.status).toBe(201);
          const got = await registry.ask('GET', `/v2/test/api/blobs/${digestOf(whole)}`);
          expect(got.body.equals(whole)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('a blob by its SHA-512 is stored and served under that', async () => {
    await using registry = await runRegistry({ driver: open() });
    const sha512 = digestOf(content, 'sha512');
    const location = await start(registry);
    expect(await registry.ask('PUT', `${location}&digest=${sha512}`, { body: content })).toMatchObject({ status: 201 });
    expect(await registry.ask('GET', `/v2/test/api/blobs/${sha512}`)).toMatchObject({ body: content });
  });

  test('an upload that says SHA-512 when it starts is hashed as it passes', async () => {
    const reads: string[] = [];
    const driver = open();
    const read: StorageDriver['read'] = (key, range) => {
      if (key.includes('_uploads')) reads.push(key);
      return driver.read(key, range);
    };
    await using registry = await runRegistry({ driver: { ...driver, read } });
    const start = await registry.ask('POST', '/v2/test/api/blobs/uploads/?digest-algorithm=sha512');
    const digest512 = digestOf(content, 'sha512');
    const url = new URL(start.headers.location ?? '');
    const done = await registry.ask('PUT', `${url.pathname}${url.search}&digest=${digest512}`, { body: content });
    expect([done.status, done.headers['docker-content-digest']]).toEqual([201, digest512]);
    expect(reads).toEqual([]);
    const unknown = await registry.ask('POST', '/v2/test/api/blobs/uploads/?digest-algorithm=md5');
    expect(unknown).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  });

  test('a blob of megabytes arrives whole', async () => {
    await using registry = await runRegistry({ driver: open() });
    const big = Buffer.alloc(5_000_003, 'megabytes');
    const location = await start(registry);
    const pieces = [big.subarray(0, 3_000_000), big.subarray(3_000_000)];
    expect((await registry.ask('PUT', `${location}&digest=${digestOf(big)}`, { body: pieces })).status).toBe(201);
    expect((await registry.ask('GET', `/v2/test/api/blobs/${digestOf(big)}`)).body.equals(big)).toBe(true);
  });
});

describe('a chunk', () => {
  test.each([
    { why: 'starts late', range: '6-14', status: 416, code: 'RANGE_INVALID' },
    { why: 'starts early', range: '4-12', status: 416, code: 'RANGE_INVALID' },
    { why: 'has a range that is none', range: 'five-ten', status: 416, code: 'RANGE_INVALID' },
    { why: 'has a range that runs backwards', range: '9-5', status: 416, code: 'RANGE_INVALID' },
    { why: 'has a range beyond all numbers', range: `5-${'9'.repeat(40)}`, status: 416, code: 'RANGE_INVALID' },
    { why: 'is not as long as its range', range: '5-100', status: 400, code: 'SIZE_INVALID' },
  ])('that $why is answered $status $code, and changes nothing', async ({ range, status, code }) => {
    await using registry = await runRegistry();
    const path = (await start(registry)).replace(/\?.*/, '');
    await registry.ask('PATCH', path, { body: content.subarray(0, 5) });
    const body = content.subarray(5, 14);
    expect(await registry.ask('PATCH', path, { body, headers: { 'content-range': range } })).toMatchObject({
      status,
      code,
    });
    expect(await registry.ask('GET', path)).toMatchObject({ headers: { range: '0-4' } });
  });

  test('sent a second time by the same URL is refused', async () => {
    await using registry = await runRegistry();
    const location = await start(registry);
    expect(await registry.ask('PATCH', location, { body: content })).toMatchObject({ status: 202 });
    const again = await registry.ask('PATCH', location, { body: content });
    expect(again).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_INVALID' });
  });

  test('is refused while another request writes to the upload', async () => {
    const { driver, firstChunk } = watchChunks(createMemoryDriver());
    await using registry = await runRegistry({ driver });
    const path = (await start(registry)).replace(/\?.*/, '');
    const slow = request({ port: registry.port, method: 'PATCH', path, agent: false });
    slow.write('a');
    await firstChunk;
    expect((await registry.ask('PATCH', path, { body: 'b' })).code).toBe('TOOMANYREQUESTS');
    slow.on('error', () => undefined).destroy();
  });
});

test('a sender that is gone before anything could be written leaves the upload usable', async () => {
  await using registry = await runRegistry({ driver: openFilesystemDriver(mkdtempSync(join(folder, 'gone-'))) });
  for (let i = 0; i < 20; i += 1) {
    const path = (await start(registry)).replace(/\?.*/, '');
    const dying = sendHalf(registry.port, path, content.subarray(0, 6));
    await new Promise((resolve) => dying.on('socket', (socket) => socket.once('connect', resolve)));
    dying.destroy();
    await expect.poll(async () => (await registry.ask('DELETE', path)).status).toBe(204);
  }
});

describe('finishing an upload', () => {
  test.each([
    { why: 'without a digest', query: '', status: 400, code: 'DIGEST_INVALID' },
    { why: 'with a malformed digest', query: '&digest=sha256:abc', status: 400, code: 'DIGEST_INVALID' },
    { why: 'with an unknown algorithm', query: '&digest=md5:abc', status: 400, code: 'DIGEST_INVALID' },
    { why: 'with the wrong digest', query: `&digest=${other}`, status: 400, code: 'DIGEST_INVALID' },
  ])('$why is refused, and it can still be finished', async ({ query, status, code }) => {
    await using registry = await runRegistry();
    const { headers } = await registry.ask('PATCH', await start(registry), { body: content });
    const location = String(headers.location).replace(/^http:\/\/[^/]+/, '');
    expect(await registry.ask('PUT', location + query)).toMatchObject({ status, code });
    expect(await registry.ask('HEAD', `/v2/test/api/blobs/${digest}`)).toMatchObject({ status: 404 });
    expect(await registry.ask('PUT', `${location}&digest=${digest}`)).toMatchObject({ status: 201 });
  });

  test('in the repository of another upload finds nothing', async () => {
    await using registry = await runRegistry();
    const location = (await start(registry)).replace('test/api', 'test/evil');
    const put = await registry.ask('PUT', `${location}&digest=${digest}`, { body: content });
    expect(put).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
  });
});

describe('an upload in one request', () => {
  test('leaves nothing behind when the digest is wrong', async () => {
    const driver = createMemoryDriver();
    await using registry = await runRegistry({ driver });
    const post = await registry.ask('POST', `/v2/test/api/blobs/uploads/?digest=${other}`, { body: content });
    expect(post).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
    const malformed = await registry.ask('POST', '/v2/test/api/blobs/uploads/?digest=sha256:ff', { body: content });
    expect(malformed).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
    expect(await registry.ask('GET', '/v2/_catalog')).toMatchObject({ body: Buffer.from('{"repositories":[]}\n') });
  });
});

test('uploads given up long ago are purged, others and blobs stay', async () => {
  let now = new Date('2026-01-01T00:00:00Z');
  const clock = { now: () => now };
  await using registry = await runRegistry({ driver: createMemoryDriver({ clock }), clock });
  await registry.pushBlob('test/api', content);
  const [old, written] = [await start(registry, 'only/begun'), await start(registry)];
  now = new Date('2026-01-05T00:00:00Z');
  const young = await start(registry);
  await registry.ask('PATCH', written, { body: content });
  const purged = await registry.registry.purgeUploads(new Date('2026-01-02T00:00:00Z'));
  expect(purged).toMatchObject([{ repository: 'only/begun', startedAt: new Date('2026-01-01T00:00:00Z') }]);
  const statuses = [old, written, young, `/v2/test/api/blobs/${digest}`].map(
    async (path) => (await registry.ask('GET', path)).status,
  );
  expect(await Promise.all(statuses)).toEqual([404, 204, 204, 200]);
});

describe('a mount', () => {
  test('takes a blob that the other repository has', async () => {
    await using registry = await runRegistry();
    await registry.pushBlob('test/api', content);
    const query = `mount=${encodeURIComponent(digest)}&from=test%2Fapi`;
    expect(await registry.ask('POST', `/v2/test/other/blobs/uploads/?${query}`)).toMatchObject({
      status: 201,
      headers: { 'docker-content-digest': digest },
    });
    expect(await registry.ask('GET', `/v2/test/other/blobs/${digest}`)).toMatchObject({ status: 200, body: content });
  });

  test('takes a blob from wherever it is when no repository is named', async () => {
    await using registry = await runRegistry();
    await registry.pushBlob('test/api', content);
    expect(await registry.ask('POST', `/v2/test/other/blobs/uploads/?mount=${digest}`)).toMatchObject({ status: 201 });
    expect(await registry.ask('GET', `/v2/test/other/blobs/${digest}`)).toMatchObject({ status: 200, body: content });
  });

  test('without a repository is an upload where repositories are granted one by one', async () => {
    await using registry = await runRegistry({ anonymousMount: false });
    await registry.pushBlob('test/api', content);
    expect(await registry.ask('POST', `/v2/test/other/blobs/uploads/?mount=${digest}`)).toMatchObject({ status: 202 });
    expect(await registry.ask('HEAD', `/v2/test/other/blobs/${digest}`)).toMatchObject({ status: 404 });
  });

  test.each([
    { why: 'the other repository does not have the blob', query: `mount=${digest}&from=test/nobody`, status: 202 },
    { why: 'no repository is named, and none has the blob', query: `mount=sha256:${'0'.repeat(64)}`, status: 202 },
    { why: 'the digest is malformed', query: 'mount=sha256:12&from=test/api', status: 400, code: 'DIGEST_INVALID' },
    { why: 'the name is malformed', query: `mount=${digest}&from=../api`, status: 400, code: 'NAME_INVALID' },
  ])('is answered $status when $why', async ({ query, status, code }) => {
    await using registry = await runRegistry();
    await registry.pushBlob('test/api', content);
    const answer = await registry.ask('POST', `/v2/test/other/blobs/uploads/?${query}`);
    expect(answer).toMatchObject({ status, code });
    expect(await registry.ask('GET', `/v2/test/other/blobs/${digest}`)).toMatchObject({
      status: 404,
      code: 'BLOB_UNKNOWN',
    });
  });
});

/** Sends the head and a part of a body of 15 bytes. */
function sendHalf(port: number, path: string, half: Uint8Array): ClientRequest {
  const asking = request({ port, method: 'PATCH', path, headers: { 'content-length': '15' }, agent: false });
  asking.on('error', () => undefined).write(half);
  return asking;
}

/** The same store, and a promise of the first chunk appended to a blob. */
function watchChunks(driver: StorageDriver): { driver: StorageDriver; firstChunk: Promise<void> } {
  let seen = (): void => undefined;
  const firstChunk = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const append: StorageDriver['append'] = async (key, offset) => {
    const writer = await driver.append(key, offset);
    const write = writer.write.bind(writer) as (chunk: Buffer) => boolean;
    return Object.assign(writer, {
      write: (chunk: Buffer) => {
        seen();
        return write(chunk);
      },
    });
  };
  return { driver: { ...driver, append }, firstChunk };
}
