import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Digest, digestOf, MEDIA_TYPES, silentLog } from '../../src/core/index.ts';
import { expireProxied, Upstream } from '../../src/registry/index.ts';
import { createMemoryDriver } from '../../src/storage/index.ts';
import { type RunningRegistry, runRegistry } from './running-registry.ts';

const NAME = 'library/app';

/** A registry, and a cache in front of it. */
async function open(options: { url?: string } = {}) {
  const origin = await runRegistry({ deleteEnabled: true });
  const upstream = new Upstream({ baseUrl: options.url ?? origin.listener.url, userAgent: 'test' }, silentLog);
  const cache = await runRegistry({ upstream, driver: createMemoryDriver() });
  return {
    origin,
    cache,
    upstream,
    async [Symbol.asyncDispose]() {
      await cache[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

async function pushImage(
  registry: RunningRegistry,
  tag: string,
  layer: Buffer,
): Promise<{ manifest: Buffer; layer: Digest }> {
  const config = Buffer.from(`{"tag":"${tag}"}`);
  const digests = [await registry.pushBlob(NAME, config), await registry.pushBlob(NAME, layer)];
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      config: { mediaType: MEDIA_TYPES.ociConfig, digest: digests[0], size: config.byteLength },
      layers: [{ mediaType: MEDIA_TYPES.ociLayer, digest: digests[1], size: layer.byteLength }],
    }),
  );
  const put = await registry.ask('PUT', `/v2/${NAME}/manifests/${tag}`, {
    headers: { 'content-type': MEDIA_TYPES.ociManifest },
    body: manifest,
  });
  expect(put.status).toBe(201);
  return { manifest, layer: digestOf(layer) };
}

const gone = async (registry: RunningRegistry): Promise<void> => registry.listener[Symbol.asyncDispose]();

test('what is asked for is fetched once, verified, and served when the other registry is gone', async () => {
  await using world = await open();
  const layer = randomBytes(3_000_000);
  const image = await pushImage(world.origin, 'v1', layer);
  const paths = [
    `/v2/${NAME}/manifests/v1`,
    `/v2/${NAME}/manifests/${digestOf(image.manifest)}`,
    `/v2/${NAME}/blobs/${image.layer}`,
  ];
  for (const path of paths) expect((await world.cache.ask('GET', path)).status).toBe(200);
  await gone(world.origin);
  expect((await world.cache.ask('GET', paths[0] ?? '')).body).toEqual(image.manifest);
  expect((await world.cache.ask('GET', paths[2] ?? '')).body.equals(layer)).toBe(true);
  const unknown = await world.cache.ask('GET', `/v2/${NAME}/manifests/other`);
  expect(unknown).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
});

test('a tag that moved there moves here', async () => {
  await using world = await open();
  await pushImage(world.origin, 'latest', Buffer.from('one'));
  await world.cache.ask('GET', `/v2/${NAME}/manifests/latest`);
  const second = await pushImage(world.origin, 'latest', Buffer.from('two'));
  expect((await world.cache.ask('GET', `/v2/${NAME}/manifests/latest`)).body).toEqual(second.manifest);
});

test('what the other registry does not have is unknown here, in the code of its kind', async () => {
  await using world = await open();
  await pushImage(world.origin, 'v1', Buffer.from('one'));
  expect(await world.cache.ask('GET', `/v2/${NAME}/manifests/v2`)).toMatchObject({
    status: 404,
    code: 'MANIFEST_UNKNOWN',
  });
  expect(await world.cache.ask('GET', `/v2/${NAME}/blobs/${digestOf('none')}`)).toMatchObject({
    status: 404,
    code: 'BLOB_UNKNOWN',
  });
  expect(await world.cache.ask('GET', '/v2/no/such/tags/list')).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
});

test('tags are listed as they are there', async () => {
  await using world = await open();
  for (const tag of ['b', 'a']) await pushImage(world.origin, tag, Buffer.from(tag));
  expect(JSON.parse(String((await world.cache.ask('GET', `/v2/${NAME}/tags/list`)).body))).toEqual({
    name: NAME,
    tags: ['a', 'b'],
  });
});

test('those who want a blob at the same time share one download, and a part of it is served as well', async () => {
  await using world = await open();
  const layer = randomBytes(5_000_000);
  const image = await pushImage(world.origin, 'v1', layer);
  const path = `/v2/${NAME}/blobs/${image.layer}`;
  const asked = [1, 2, 3, 4].map(() => world.cache.ask('GET', path));
  const part = world.cache.ask('GET', path, { headers: { range: 'bytes=10-19' } });
  for (const answer of await Promise.all(asked)) expect(answer.body.equals(layer)).toBe(true);
  expect(await part).toMatchObject({ status: 206, body: layer.subarray(10, 20) });
});

test('a layer that is not what its digest says is cut short for the reader and not kept', async () => {
  await using world = await open();
  const image = await pushImage(world.origin, 'v1', randomBytes(100_000));
  const key = `docker/registry/v2/blobs/sha256/${image.layer.slice(7, 9)}/${image.layer.slice(7)}/data`;
  await world.origin.driver.write(key as never, [randomBytes(100_000)]);
  const path = `/v2/${NAME}/blobs/${image.layer}`;
  expect(await world.cache.ask('GET', path)).toMatchObject({ isCut: true });
  expect(await world.cache.driver.stat(key as never)).toBeUndefined();
});

test('nothing can be pushed to a cache', async () => {
  await using world = await open();
  expect(await world.cache.ask('POST', `/v2/${NAME}/blobs/uploads/`)).toMatchObject({
    status: 405,
    code: 'UNSUPPORTED',
  });
  expect(await world.cache.ask('PUT', `/v2/${NAME}/manifests/v1`, { body: '{}' })).toMatchObject({ status: 405 });
});

test('what was fetched long ago is let go of, and fetched again when wanted', async () => {
  await using world = await open();
  const image = await pushImage(world.origin, 'v1', Buffer.from('layer'));
  const paths = [`/v2/${NAME}/manifests/v1`, `/v2/${NAME}/blobs/${image.layer}`];
  for (const path of paths) await world.cache.ask('GET', path);
  const { driver } = world.cache;
  expect(await expireProxied(driver, new Date(Date.now() - 60_000))).toEqual({ manifests: 0, blobs: 0, tags: 0 });
  expect(await expireProxied(driver, new Date(Date.now() + 60_000))).toEqual({ manifests: 1, blobs: 1, tags: 1 });
  for (const path of paths) expect((await world.cache.ask('GET', path)).status).toBe(200);
});
