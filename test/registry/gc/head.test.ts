import { expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES, parseRepositoryName } from '../../../src/core/index.ts';
import { collectGarbage } from '../../../src/registry/index.ts';
import { createMemoryDriver } from '../../../src/storage/index.ts';
import { imageManifest, runRegistry } from '../running-registry.ts';

const HOUR = 3_600_000;

test('what a HEAD has found may be named in a manifest, however old it is and whatever is collected', async () => {
  let now = Date.parse('2026-03-01T00:00:00Z');
  const clock = { now: () => new Date(now) };
  const driver = createMemoryDriver({ clock });
  await using registry = await runRegistry({ driver, clock });
  const { ask, pushBlob } = registry;
  const [found, left] = [await pushBlob('app', Buffer.from('{}')), await pushBlob('app', Buffer.from('left'))];
  const { blobs, manifests } = registry.registry;
  const image = Buffer.from(imageManifest(await blobs.put(parseRepositoryName('app'), Buffer.from('{"a":1}')), []));
  await manifests.put(parseRepositoryName('app'), digestOf(image), MEDIA_TYPES.ociManifest, image);
  for (let day = 0; day < 3; day += 1) {
    now += 24 * HOUR;
    for (const method of ['GET', 'HEAD', 'HEAD']) {
      expect((await ask(method, `/v2/app/blobs/${found}`)).status).toBe(200);
      expect((await ask(method, `/v2/app/manifests/${digestOf(image)}`)).status).toBe(200);
    }
    now += HOUR / 4;
    await collectGarbage({ driver, clock, deleteUntagged: true });
    expect((await ask('GET', `/v2/app/blobs/${found}`)).status).toBe(200);
    expect((await ask('GET', `/v2/app/manifests/${digestOf(image)}`)).status).toBe(200);
    expect((await ask('GET', `/v2/app/blobs/${left}`)).status).toBe(404);
  }
  const list = [{ mediaType: MEDIA_TYPES.ociManifest, digest: digestOf(image), size: image.byteLength }];
  const index = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: list });
  const put = { body: index, headers: { 'content-type': MEDIA_TYPES.ociIndex } };
  expect((await ask('PUT', '/v2/app/manifests/list', put)).status).toBe(201);
});

test('a registry that takes no writes writes no claims either', async () => {
  const driver = createMemoryDriver();
  {
    await using open = await runRegistry({ driver });
    await open.pushBlob('app', Buffer.from('{}'));
  }
  const clock = { now: () => new Date(Date.now() + 24 * HOUR) };
  await using registry = await runRegistry({ driver, clock, isReadOnly: true });
  await registry.ask('HEAD', `/v2/app/blobs/${digestOf('{}')}`);
  const claims: string[] = [];
  for await (const key of driver.list('trustsandbox' as never)) claims.push(key);
  expect(claims).toEqual([]);
});
