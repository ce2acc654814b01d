import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/core/index.ts';
import { blobDataKey } from '../../src/registry/index.ts';
import { openFilesystemDriver } from '../../src/storage/index.ts';
import { runRegistry } from './running-registry.ts';

const content = Buffer.from('0123456789');
const digest = digestOf(content);
const path = `/v2/test/api/blobs/${digest}`;
const etag = `"${digest}"`;

const folder = mkdtempSync(join(tmpdir(), 'blobs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a blob', async () => {
  const registry = await runRegistry();
  afterAll(() => registry[Symbol.asyncDispose]());
  await registry.pushBlob('test/api', content);

  test.each([
    { range: 'bytes=2-5', status: 206, body: '2345', contentRange: 'bytes 2-5/10' },
    { range: 'bytes=7-', status: 206, body: '789', contentRange: 'bytes 7-9/10' },
    { range: 'bytes=0-', status: 206, body: '0123456789', contentRange: 'bytes 0-9/10' },
    { range: 'bytes=-3', status: 206, body: '789', contentRange: 'bytes 7-9/10' },
    { range: 'bytes=-30', status: 206, body: '0123456789', contentRange: 'bytes 0-9/10' },
    { range: 'bytes=8-30', status: 206, body: '89', contentRange: 'bytes 8-9/10' },
    { range: 'bytes=0-1,4-5', status: 200, body: '0123456789' },
    { range: 'lines=1-2', status: 200, body: '0123456789' },
    { range: 'bytes=10-', status: 416, code: 'RANGE_INVALID', contentRange: 'bytes */10' },
    { range: 'bytes=100-200', status: 416, code: 'RANGE_INVALID', contentRange: 'bytes */10' },
    { range: 'bytes=5-2', status: 416, code: 'RANGE_INVALID', contentRange: 'bytes */10' },
    { range: 'bytes=-0', status: 416, code: 'RANGE_INVALID', contentRange: 'bytes */10' },
    { range: 'bytes=-', status: 416, code: 'RANGE_INVALID', contentRange: 'bytes */10' },
    { range: 'bytes=two-five', status: 416, code: 'RANGE_INVALID', contentRange: 'bytes */10' },
  ])('asked for $range is answered $status', async ({ range, status, body, code, contentRange }) => {
    const answer = await registry.ask('GET', path, { headers: { range } });
    expect(answer).toMatchObject({ status, code, isCut: false });
    expect(answer.headers['content-range']).toBe(contentRange);
    if (body !== undefined) expect(String(answer.body)).toBe(body);
  });

  test.each([
    { header: etag, status: 304 },
    { header: `W/${etag}`, status: 304 },
    { header: `"x", ${etag}`, status: 304 },
    { header: '*', status: 304 },
    { header: '"sha256:0"', status: 200 },
  ])('asked for if not $header is answered $status', async ({ header, status }) => {
    expect(await registry.ask('GET', path, { headers: { 'if-none-match': header } })).toMatchObject({ status });
  });

  test('asked for by HEAD shows its size and no body', async () => {
    expect(await registry.ask('HEAD', path)).toMatchObject({
      status: 200,
      headers: { 'content-length': '10', 'docker-content-digest': digest, 'accept-ranges': 'bytes', etag },
      body: Buffer.alloc(0),
    });
  });

  test('whose range depends on another version is sent whole', async () => {
    const headers = { range: 'bytes=2-5', 'if-range': '"sha256:other"' };
    expect(await registry.ask('GET', path, { headers })).toMatchObject({ status: 200, body: content });
    const same = { range: 'bytes=2-5', 'if-range': etag };
    expect(await registry.ask('GET', path, { headers: same })).toMatchObject({ status: 206 });
  });

  test('is not served where no link leads to it', async () => {
    const elsewhere = await registry.ask('GET', `/v2/test/other/blobs/${digest}`);
    expect(elsewhere).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
  });

  test('may be asked for with its colon encoded', async () => {
    expect(await registry.ask('GET', path.replace('sha256:', 'sha256%3A'))).toMatchObject({ status: 200 });
  });

  test('of any range has exactly those bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(9), fc.nat(30), async (start, more) => {
        const answer = await registry.ask('GET', path, { headers: { range: `bytes=${start}-${start + more}` } });
        expect(answer).toMatchObject({ status: 206, body: content.subarray(start, start + more + 1) });
      }),
      { numRuns: 30 },
    );
  });
});

test('an empty blob is served', async () => {
  await using registry = await runRegistry();
  const empty = await registry.pushBlob('test/api', Buffer.alloc(0));
  expect(await registry.ask('GET', `/v2/test/api/blobs/${empty}`)).toMatchObject({
    status: 200,
    body: Buffer.alloc(0),
  });
});

describe('a blob changed on disk', () => {
  const genuine = Buffer.alloc(205, 'layer ');
  const key = blobDataKey(digestOf(genuine));
  const genuinePath = `/v2/test/api/blobs/${digestOf(genuine)}`;
  const run = async () => {
    const root = mkdtempSync(join(folder, 'tampered-'));
    const registry = await runRegistry({ driver: openFilesystemDriver(root) });
    await registry.pushBlob('test/api', genuine);
    return { root, registry, data: join(root, key) };
  };

  test('to something shorter is announced in full and ends early, and the log says so', async () => {
    const { registry, data } = await run();
    await using _ = registry;
    writeFileSync(data, 'Malicious data\n');
    expect(await registry.ask('GET', genuinePath)).toMatchObject({
      status: 200,
      headers: { 'content-length': '205' },
      body: Buffer.from('Malicious data\n'),
      isCut: true,
    });
    expect(await registry.ask('GET', genuinePath, { headers: { range: 'bytes=15-' } })).toMatchObject({
      status: 206,
      headers: { 'content-length': '190', 'content-range': 'bytes 15-204/205' },
      body: Buffer.alloc(0),
      isCut: true,
    });
    expect(await registry.ask('HEAD', genuinePath)).toMatchObject({
      status: 200,
      headers: { 'content-length': '205' },
    });
    expect(registry.warnings).toContain('stored blob no longer has the promised size: it was changed on disk');
  });

  test('to something longer is served to the size it had', async () => {
    const { registry, data } = await run();
    await using _ = registry;
    writeFileSync(data, Buffer.alloc(300, 'x'));
    expect(await registry.ask('GET', genuinePath)).toMatchObject({
      status: 200,
      body: Buffer.alloc(205, 'x'),
      isCut: false,
    });
  });

  test('is, after a restart, served as what it is', async () => {
    const { root, registry, data } = await run();
    await registry[Symbol.asyncDispose]();
    truncateSync(data, 15);
    await using restarted = await runRegistry({ driver: openFilesystemDriver(root) });
    const answer = await restarted.ask('GET', genuinePath);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '15' }, isCut: false });
  });

  test.each([
    { how: 'shorter', forged: Buffer.from('Malicious data\n') },
    { how: 'longer', forged: Buffer.alloc(300, 'x') },
  ])('to something $how before it was first served is served whole once it is restored', async ({ forged }) => {
    const { root, registry, data } = await run();
    await registry[Symbol.asyncDispose]();
    writeFileSync(data, forged);
    await using restarted = await runRegistry({ driver: openFilesystemDriver(root) });
    expect(await restarted.ask('GET', genuinePath)).toMatchObject({ body: forged, isCut: false });
    writeFileSync(data, genuine);
    expect(await restarted.ask('GET', genuinePath)).toMatchObject({ body: genuine, isCut: false });
    writeFileSync(data, forged.subarray(0, 15));
    expect(await restarted.ask('GET', genuinePath)).toMatchObject({
      headers: { 'content-length': '205' },
      isCut: true,
    });
  });

  test('is whole again once it is pushed again', async () => {
    const { registry, data } = await run();
    await using _ = registry;
    writeFileSync(data, 'Malicious data\n');
    await registry.pushBlob('test/api', genuine);
    expect(await registry.ask('GET', genuinePath)).toMatchObject({ status: 200, body: genuine, isCut: false });
  });

  test('is unknown when its file is gone', async () => {
    const { registry, data } = await run();
    await using _ = registry;
    rmSync(data);
    expect(await registry.ask('GET', genuinePath)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
  });
});

describe('deleting a blob', () => {
  test('is refused unless it is enabled', async () => {
    await using registry = await runRegistry();
    await registry.pushBlob('test/api', content);
    expect(await registry.ask('DELETE', path)).toMatchObject({ status: 405, code: 'UNSUPPORTED' });
    expect(await registry.ask('GET', path)).toMatchObject({ status: 200 });
  });

  test('takes it from this repository alone', async () => {
    await using registry = await runRegistry({ deleteEnabled: true });
    await registry.pushBlob('test/api', content);
    await registry.pushBlob('test/other', content);
    expect(await registry.ask('DELETE', path)).toMatchObject({ status: 202 });
    expect(await registry.ask('GET', path)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
    expect(await registry.ask('DELETE', path)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
    expect(await registry.ask('GET', path.replace('api', 'other'))).toMatchObject({ status: 200 });
  });
});
