import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import { openS3Driver, type S3Options } from '../../src/storage/index.ts';
import { imageManifest, type RunningRegistry, runRegistry } from '../registry/running-registry.ts';
import { run } from './peers/run.ts';
import { type S3Peer, startS3 } from './peers/s3.ts';

const ROOT = join(import.meta.dirname, '../..');
const MIB = 1024 * 1024;
const SERVICE_TESTS = ['blobs', 'uploads', 'manifests', 'lists', 'bad-input', 'conditional-writes', 'events'];
const oci = { 'content-type': MEDIA_TYPES.ociManifest };

let s3: S3Peer;
beforeAll(async () => {
  s3 = await startS3('127.71.9.2');
});
afterAll(async () => {
  await s3?.[Symbol.asyncDispose]();
});

test('every service test of the registry passes over S3', async () => {
  const { endpoint = '', bucket, region, accessKeyId = '', secretAccessKey = '' } = s3.fresh();
  const files = SERVICE_TESTS.map((name) => `test/registry/${name}.test.ts`);
  const args = [
    join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=dot',
    '--testTimeout=120000',
    ...files,
  ];
  const outcome = await run(process.execPath, args, {
    cwd: ROOT,
    timeoutMs: 600_000,
    env: {
      TRUSTSANDBOX_TEST_S3_ENDPOINT: endpoint,
      TRUSTSANDBOX_TEST_S3_BUCKET: bucket,
      TRUSTSANDBOX_TEST_S3_REGION: region,
      TRUSTSANDBOX_TEST_S3_ACCESS_KEY: accessKeyId,
      TRUSTSANDBOX_TEST_S3_SECRET_KEY: secretAccessKey,
    },
  });
  expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ status: 0 });
}, 600_000);

describe('two replicas over one bucket', () => {
  const open = async (options: S3Options): Promise<RunningRegistry> =>
    runRegistry({ driver: await openS3Driver(options), deleteEnabled: true });

  test('take turns at one upload, and either finishes it', async () => {
    const options = s3.fresh();
    await using one = await open(options);
    await using two = await open(options);
    const content = randomBytes(17 * MIB);
    const digest = digestOf(content);
    let { location = '' } = (await one.ask('POST', '/v2/r/x/blobs/uploads/')).headers;
    let at = 0;
    for (const [replica, size] of [
      [two, 6 * MIB],
      [one, 1000],
      [two, 4 * MIB],
      [one, 6 * MIB],
    ] as const) {
      const body = content.subarray(at, at + size);
      const answer = await replica.ask('PATCH', pathOf(location), { body });
      expect([answer.status, answer.headers.range]).toEqual([202, `0-${at + size - 1}`]);
      location = answer.headers.location ?? '';
      at += size;
    }
    const finished = await two.ask('PUT', `${pathOf(location)}&digest=${digest}`, { body: content.subarray(at) });
    expect(finished).toMatchObject({ status: 201 });
    for (const replica of [one, two]) {
      const blob = await replica.ask('GET', `/v2/r/x/blobs/${digest}`);
      expect([blob.status, digestOf(blob.body)]).toEqual([200, digest]);
      expect(await replica.ask('GET', pathOf(location))).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
    }
  });

  test.each([1, 2, 3])('never take for hashed what the other has written, time %i', async () => {
    const options = s3.fresh();
    await using one = await open(options);
    await using two = await open(options);
    const [good, bad] = [randomBytes(6 * MIB), randomBytes(6 * MIB)];
    const path = pathOf((await one.ask('POST', '/v2/r/x/blobs/uploads/')).headers.location ?? '').replace(/\?.*/, '');
    // Both begin where the upload is empty; the later part of the same number stands.
    await Promise.all([one.ask('PATCH', path, { body: good }), two.ask('PATCH', path, { body: bad })]);
    const answers = await Promise.all(
      [one, two].map((replica, i) => replica.ask('PUT', `${path}?digest=${digestOf(i === 0 ? good : bad)}`)),
    );
    expect(answers.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(1);
    for (const digest of [good, bad].map((bytes) => digestOf(bytes))) {
      const blob = await one.ask('GET', `/v2/r/x/blobs/${digest}`);
      if (blob.status === 200) expect(digestOf(blob.body)).toBe(digest);
      else expect(blob.status).toBe(404);
    }
  });

  test('move and delete one tag side by side, and agree on what it is', async () => {
    const options = s3.fresh();
    await using one = await open(options);
    await using two = await open(options);
    const config = await one.pushBlob('r/x', Buffer.from('{}'));
    const layer = await two.pushBlob('r/x', Buffer.from('layer'));
    const manifests = Array.from({ length: 6 }, (_, i) =>
      imageManifest(config, [layer], { annotations: { i: `${i}` } }),
    );
    await Promise.all(
      manifests.map((body, i) => (i % 2 ? one : two).ask('PUT', '/v2/r/x/manifests/latest', { body, headers: oci })),
    );
    const [left, right] = await Promise.all([one, two].map((each) => each.ask('GET', '/v2/r/x/manifests/latest')));
    expect(left?.status).toBe(200);
    expect(manifests).toContain(String(left?.body));
    expect(right?.headers['docker-content-digest']).toBe(left?.headers['docker-content-digest']);

    const next = imageManifest(config, [layer], { annotations: { next: 'yes' } });
    expect(await two.ask('PUT', '/v2/r/x/manifests/latest', { body: next, headers: oci })).toMatchObject({
      status: 201,
    });
    expect(String((await one.ask('GET', '/v2/r/x/manifests/latest')).body)).toBe(next); // not what it has seen before
    expect(await two.ask('DELETE', '/v2/r/x/manifests/latest')).toMatchObject({ status: 202 });
    expect(await one.ask('GET', '/v2/r/x/manifests/latest')).toMatchObject({ status: 404 });
  });
});

test('a blob is given by the storage itself where clients may be sent there', async () => {
  await using registry = await runRegistry({ driver: await openS3Driver(s3.fresh()), mayRedirect: true });
  const content = randomBytes(100_000);
  const digest = await registry.pushBlob('r/x', content);
  const sent = await registry.ask('GET', `/v2/r/x/blobs/${digest}`);
  expect(sent).toMatchObject({
    status: 307,
    headers: { 'docker-content-digest': digest, 'cache-control': 'no-store' },
  });
  const found = await fetch(sent.headers.location ?? '');
  expect(digestOf(Buffer.from(await found.arrayBuffer()))).toBe(digest);
  expect(await registry.ask('HEAD', `/v2/r/x/blobs/${digest}`)).toMatchObject({
    status: 200,
    headers: { 'content-length': '100000' },
  });
  expect(await registry.ask('GET', `/v2/r/x/blobs/${digestOf('none')}`)).toMatchObject({ status: 404 });
});

test('uploads that were given up are purged, parts and all', async () => {
  const options = s3.fresh();
  const driver = await openS3Driver(options);
  await using registry = await runRegistry({ driver });
  const location = pathOf((await registry.ask('POST', '/v2/r/x/blobs/uploads/')).headers.location ?? '');
  await registry.ask('PATCH', location, { body: randomBytes(6 * MIB) });
  expect(await registry.registry.purgeUploads(new Date(Date.now() - 60_000))).toEqual([]);
  expect(await registry.registry.purgeUploads(new Date(Date.now() + 60_000))).toHaveLength(1);
  expect(await registry.ask('GET', location.replace(/\?.*/, ''))).toMatchObject({ status: 404 });
});

function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/]+/, '');
}
