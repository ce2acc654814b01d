import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Digest, digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import { blobDataKey } from '../../src/registry/index.ts';
import {
  createMemoryDriver,
  openFilesystemDriver,
  parseStorageKey,
  type StorageDriver,
} from '../../src/storage/index.ts';
import { imageManifest, type RunningRegistry, runRegistry } from './running-registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const none = `sha256:${'0'.repeat(64)}` as Digest;
const oci = { 'content-type': MEDIA_TYPES.ociManifest };
const ociIndex = { 'content-type': MEDIA_TYPES.ociIndex };

async function withImage(registry: RunningRegistry, tag = 'latest', more: object = {}) {
  const config = await registry.pushBlob('test/api', Buffer.from('{}'));
  const layer = await registry.pushBlob('test/api', Buffer.from(`layer of ${tag}`));
  const body = imageManifest(config, [layer], more);
  const put = await registry.ask('PUT', `/v2/test/api/manifests/${tag}`, { body, headers: oci });
  return { config, layer, body, put, digest: digestOf(body) };
}

test('a manifest is served byte for byte, by tag and by digest', async () => {
  await using registry = await runRegistry();
  const { body, digest, put } = await withImage(registry);
  expect(put).toMatchObject({
    status: 201,
    headers: {
      'docker-content-digest': digest,
      location: `http://127.0.0.1:${registry.port}/v2/test/api/manifests/${digest}`,
    },
  });
  for (const reference of ['latest', digest]) {
    const got = await registry.ask('GET', `/v2/test/api/manifests/${reference}`);
    expect(got).toMatchObject({
      status: 200,
      headers: { 'content-type': MEDIA_TYPES.ociManifest, 'docker-content-digest': digest, etag: `"${digest}"` },
      body: Buffer.from(body),
    });
    const head = await registry.ask('HEAD', `/v2/test/api/manifests/${reference}`);
    expect(head).toMatchObject({ status: 200, headers: { 'content-length': String(body.length) } });
    const headers = { 'if-none-match': `"${digest}"` };
    expect((await registry.ask('GET', `/v2/test/api/manifests/${reference}`, { headers })).status).toBe(304);
  }
});

test('a tag moves to the manifest put last, and the old one stays by digest', async () => {
  await using registry = await runRegistry();
  const old = await withImage(registry);
  const next = await withImage(registry, 'latest', { annotations: { a: 'b' } });
  expect((await registry.ask('GET', '/v2/test/api/manifests/latest')).headers['docker-content-digest']).toBe(
    next.digest,
  );
  expect(await registry.ask('GET', `/v2/test/api/manifests/${old.digest}`)).toMatchObject({ status: 200 });
});

describe('a manifest is refused that', async () => {
  const registry = await runRegistry();
  afterAll(() => registry[Symbol.asyncDispose]());
  const { config, layer, digest } = await withImage(registry);
  const entry = (mediaType: string, to: unknown, size: unknown = 5) => ({ mediaType, size, digest: to });
  const whole = JSON.parse(imageManifest(config, [layer]));
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex };

  test.each([
    { why: 'is no JSON', body: '{nope' },
    { why: 'is empty', body: '' },
    { why: 'is not an object', body: '[]' },
    { why: 'is not UTF-8', body: Buffer.from([0x7b, 0xff, 0x7d]) },
    { why: 'has a member twice', body: '{"schemaVersion":2,"schemaVersion":2}' },
    { why: 'is nested very deep', body: `${'['.repeat(100_000)}` },
    { why: 'has schema version 1', body: { ...whole, schemaVersion: 1 } },
    { why: 'has another media type than its header', body: { ...whole, mediaType: MEDIA_TYPES.dockerManifest } },
    { why: 'has no config', body: { ...whole, config: undefined } },
    { why: 'has layers that are no list', body: { ...whole, layers: {} } },
    { why: 'has a layer without a digest', body: { ...whole, layers: [entry('x', undefined)] } },
    { why: 'has a layer with a malformed digest', body: { ...whole, layers: [entry('x', 'sha256:../../etc')] } },
    { why: 'has a layer of negative size', body: { ...whole, layers: [entry('x', layer, -1)] } },
    { why: 'has a layer of half a byte', body: { ...whole, layers: [entry('x', layer, 0.5)] } },
    { why: 'has a malformed subject', body: { ...whole, subject: {} } },
    { why: 'is image and index at once', body: { ...whole, manifests: [] } },
    { why: 'is index and image at once', body: { ...index, manifests: [], layers: [] }, headers: ociIndex },
    { why: 'has a header that names no manifest', body: whole, headers: { 'content-type': 'text/plain' } },
    { why: 'has no content type', body: whole, headers: {} },
    { why: 'names a missing layer', body: { ...whole, layers: [entry('x', none)] }, code: 'MANIFEST_BLOB_UNKNOWN' },
    { why: 'names a missing config', body: { ...whole, config: entry('x', none) }, code: 'MANIFEST_BLOB_UNKNOWN' },
    {
      why: 'names a missing manifest',
      body: { ...index, manifests: [entry(MEDIA_TYPES.ociManifest, none)] },
      headers: ociIndex,
      code: 'MANIFEST_BLOB_UNKNOWN',
    },
    { why: 'does not hash to its digest', body: whole, reference: none, code: 'DIGEST_INVALID' },
    { why: 'is put under a malformed digest', body: whole, reference: 'sha256:abc', code: 'DIGEST_INVALID' },
    { why: 'is put under a malformed tag', body: whole, reference: 'in*valid', code: 'TAG_INVALID' },
    { why: 'is put under a tag too long', body: whole, reference: 'x'.repeat(129), code: 'TAG_INVALID' },
    { why: 'is larger than 4 MiB', body: Buffer.alloc(4 * 1024 * 1024 + 1, ' '), status: 413, code: 'SIZE_INVALID' },
  ])('$why', async ({ body, headers = oci, reference = 'bad', status = 400, code = 'MANIFEST_INVALID' }) => {
    const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const put = await registry.ask('PUT', `/v2/test/api/manifests/${reference}`, { body: bytes, headers });
    expect(put).toMatchObject({ status, code });
    expect((await registry.ask('GET', '/v2/test/api/tags/list')).body).toEqual(
      Buffer.from('{"name":"test/api","tags":["latest"]}\n'),
    );
  });

  test('names several missing blobs, and each is told', async () => {
    const other = digestOf('another');
    const body = imageManifest(none, [other, layer]);
    const put = await registry.ask('PUT', '/v2/test/api/manifests/bad', { body, headers: oci });
    const { errors } = JSON.parse(String(put.body));
    expect(errors.map(({ detail }: { detail: string }) => detail)).toEqual([none, other]);
  });

  test('names a blob of another repository', async () => {
    const body = imageManifest(config, [layer]);
    const put = await registry.ask('PUT', '/v2/test/other/manifests/latest', { body, headers: oci });
    expect(put).toMatchObject({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' });
    expect(await registry.ask('GET', `/v2/test/other/manifests/${digest}`)).toMatchObject({ code: 'MANIFEST_UNKNOWN' });
  });
});

test('layers that are never distributed may be missing', async () => {
  await using registry = await runRegistry();
  const config = await registry.pushBlob('test/api', Buffer.from('{}'));
  const types = [MEDIA_TYPES.dockerForeignLayer, 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'];
  const layers = types.map((mediaType) => ({ mediaType, size: 5, digest: none }));
  const body = JSON.stringify({ ...JSON.parse(imageManifest(config, [])), layers });
  expect(await registry.ask('PUT', '/v2/test/api/manifests/win', { body, headers: oci })).toMatchObject({
    status: 201,
  });
});

test('an OCI manifest and an index need not say what they are', async () => {
  await using registry = await runRegistry();
  const { config, layer } = await withImage(registry);
  const { mediaType: _, ...bare } = JSON.parse(imageManifest(config, [layer]));
  const body = JSON.stringify(bare);
  expect(await registry.ask('PUT', '/v2/test/api/manifests/bare', { body, headers: oci })).toMatchObject({
    status: 201,
  });
  const index = JSON.stringify({
    schemaVersion: 2,
    manifests: [{ mediaType: MEDIA_TYPES.ociManifest, digest: digestOf(body), size: body.length }],
  });
  const put = await registry.ask('PUT', '/v2/test/api/manifests/index', { body: index, headers: ociIndex });
  expect(put).toMatchObject({ status: 201 });
  const types = ['bare', 'index'].map(async (tag) => {
    return (await registry.ask('HEAD', `/v2/test/api/manifests/${tag}`)).headers['content-type'];
  });
  expect(await Promise.all(types)).toEqual([MEDIA_TYPES.ociManifest, MEDIA_TYPES.ociIndex]);
});

test('a manifest by its SHA-512 is stored and served under that', async () => {
  await using registry = await runRegistry();
  const { body } = await withImage(registry);
  const sha512 = digestOf(body, 'sha512');
  const put = await registry.ask('PUT', `/v2/test/api/manifests/${sha512}`, { body, headers: oci });
  expect(put).toMatchObject({ status: 201, headers: { 'docker-content-digest': sha512 } });
  expect(await registry.ask('GET', `/v2/test/api/manifests/${sha512}`)).toMatchObject({ body: Buffer.from(body) });
});

test.each(['.hidden', 'in*valid', 'x'.repeat(129), 'nosuch', none])('the manifest %s is unknown', async (reference) => {
  await using registry = await runRegistry();
  for (const method of ['GET', 'HEAD']) {
    expect(await registry.ask(method, `/v2/test/api/manifests/${reference}`)).toMatchObject({ status: 404 });
  }
});

describe('a manifest changed on disk', () => {
  const run = async () => {
    const root = mkdtempSync(join(folder, 'tampered-'));
    const registry = await runRegistry({ driver: openFilesystemDriver(root) });
    const image = await withImage(registry);
    return { registry, image, data: join(root, blobDataKey(image.digest)), root };
  };

  test('is served as it is now, under the digest that was asked for', async () => {
    const { registry, image, data } = await run();
    await using _ = registry;
    await registry.ask('GET', '/v2/test/api/manifests/latest');
    const forged = image.body.replace('"size":5', '"size":6');
    writeFileSync(data, forged);
    expect(await registry.ask('GET', '/v2/test/api/manifests/latest')).toMatchObject({
      headers: { 'docker-content-digest': image.digest },
      body: Buffer.from(forged),
    });
  });

  test('to what is no manifest is a failure of the server, and logged', async () => {
    const { registry, data } = await run();
    await using _ = registry;
    writeFileSync(data, 'Malicious data\n');
    expect(await registry.ask('GET', '/v2/test/api/manifests/latest')).toMatchObject({ status: 500, code: 'UNKNOWN' });
    expect(registry.warnings).toContain('request failed');
  });

  test('by way of its tag link is followed, and a link of nonsense is none', async () => {
    const { registry, image, root } = await run();
    await using _ = registry;
    const other = await withImage(registry, 'other');
    const link = join(root, 'docker/registry/v2/repositories/test/api/_manifests/tags/latest/current/link');
    writeFileSync(link, other.digest);
    expect((await registry.ask('GET', '/v2/test/api/manifests/latest')).headers['docker-content-digest']).toBe(
      other.digest,
    );
    writeFileSync(link, `${image.digest}\n`);
    expect((await registry.ask('GET', '/v2/test/api/manifests/latest')).headers['docker-content-digest']).toBe(
      image.digest,
    );
    writeFileSync(link, 'sha256:../../../../etc/passwd');
    expect(await registry.ask('GET', '/v2/test/api/manifests/latest')).toMatchObject({
      status: 404,
      code: 'MANIFEST_UNKNOWN',
    });
  });
});

describe('deleting', () => {
  test('is refused unless it is enabled', async () => {
    await using registry = await runRegistry();
    const { digest } = await withImage(registry);
    for (const reference of ['latest', digest]) {
      const deleted = await registry.ask('DELETE', `/v2/test/api/manifests/${reference}`);
      expect(deleted).toMatchObject({ status: 405, code: 'UNSUPPORTED' });
    }
  });

  test('a tag leaves the manifest', async () => {
    await using registry = await runRegistry({ deleteEnabled: true });
    const { digest } = await withImage(registry);
    expect(await registry.ask('DELETE', '/v2/test/api/manifests/latest')).toMatchObject({ status: 202 });
    expect(await registry.ask('GET', '/v2/test/api/manifests/latest')).toMatchObject({ status: 404 });
    expect(await registry.ask('GET', `/v2/test/api/manifests/${digest}`)).toMatchObject({ status: 200 });
    expect(String((await registry.ask('GET', '/v2/test/api/tags/list')).body)).toContain('"tags":[]');
  });

  test('a manifest takes the tags on it', async () => {
    await using registry = await runRegistry({ deleteEnabled: true });
    const { digest, body } = await withImage(registry);
    await registry.ask('PUT', '/v2/test/api/manifests/same', { body, headers: oci });
    await withImage(registry, 'other');
    expect(await registry.ask('DELETE', `/v2/test/api/manifests/${digest}`)).toMatchObject({ status: 202 });
    expect(await registry.ask('DELETE', `/v2/test/api/manifests/${digest}`)).toMatchObject({ status: 404 });
    expect(String((await registry.ask('GET', '/v2/test/api/tags/list')).body)).toContain('"tags":["other"]');
  });
});

test('a crash at any write of a push leaves the old tag or the new one, whole', async () => {
  const real = createMemoryDriver();
  let left = Number.POSITIVE_INFINITY;
  const failing: StorageDriver = {
    ...real,
    write: (key, source, options) =>
      left-- > 0 ? real.write(key, source, options) : Promise.reject(new Error('crash')),
  };
  await using registry = await runRegistry({ driver: failing });
  const old = await withImage(registry);
  const next = imageManifest(old.config, [old.layer], { annotations: { version: '2' } });
  const statuses: number[] = [];
  for (let writes = 0; statuses.at(-1) !== 201; writes += 1) {
    left = writes;
    const put = await registry.ask('PUT', '/v2/test/api/manifests/latest', { body: next, headers: oci });
    left = Number.POSITIVE_INFINITY;
    statuses.push(put.status);
    await using restarted = await runRegistry({ driver: real });
    const { status, body } = await restarted.ask('GET', '/v2/test/api/manifests/latest');
    expect([status, String(body)]).toEqual([200, put.status === 201 ? next : old.body]);
  }
  expect(statuses.length).toBeGreaterThan(2);
});

test('a tag whose link was never written is not listed', async () => {
  const driver = createMemoryDriver();
  await using registry = await runRegistry({ driver });
  const { digest } = await withImage(registry);
  const index = `_manifests/tags/half/index/sha256/${digest.slice(7)}/link`;
  await driver.write(parseStorageKey(`docker/registry/v2/repositories/test/api/${index}`), [Buffer.from(digest)]);
  expect(String((await registry.ask('GET', '/v2/test/api/tags/list')).body)).toContain('"tags":["latest"]');
});
