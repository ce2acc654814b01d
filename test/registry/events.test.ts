import { expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import type { RegistryEvent } from '../../src/registry/index.ts';
import { runRegistry } from './running-registry.ts';

test('whoever listens is told of each push, mount, pull and deletion, and of nothing else', async () => {
  const events: RegistryEvent[] = [];
  await using registry = await runRegistry({ deleteEnabled: true, listen: (event) => void events.push(event) });
  const config = Buffer.from('{}');
  const digest = await registry.pushBlob('test/app', config);
  await registry.ask('POST', `/v2/test/other/blobs/uploads/?mount=${digest}&from=test/app`);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      config: { mediaType: MEDIA_TYPES.ociConfig, digest, size: config.byteLength },
      layers: [],
    }),
  );
  const path = '/v2/test/app/manifests/latest';
  await registry.ask('PUT', path, { headers: { 'content-type': MEDIA_TYPES.ociManifest }, body: manifest });
  await registry.ask('HEAD', path);
  await registry.ask('GET', path);
  await registry.ask('GET', `/v2/test/app/blobs/${digest}`);
  await registry.ask('GET', '/v2/test/app/manifests/nosuch');
  await registry.ask('DELETE', path);
  await registry.ask('DELETE', `/v2/test/app/manifests/${digestOf(manifest)}`);

  const told = events.map(({ action, repository, digest: of, mediaType, size, tag, fromRepository }) =>
    JSON.parse(JSON.stringify({ action, repository, of, mediaType, size, tag, fromRepository })),
  );
  const blob = { of: digest, mediaType: 'application/octet-stream' };
  const image = {
    repository: 'test/app',
    of: digestOf(manifest),
    mediaType: MEDIA_TYPES.ociManifest,
    size: manifest.byteLength,
  };
  expect(told).toEqual([
    { action: 'push', repository: 'test/app', ...blob, size: 2 },
    { action: 'mount', repository: 'test/other', ...blob, fromRepository: 'test/app' },
    { action: 'push', ...image, tag: 'latest' },
    { action: 'pull', ...image, tag: 'latest' },
    { action: 'pull', repository: 'test/app', ...blob, size: 2 },
    { action: 'delete', repository: 'test/app', tag: 'latest' },
    { action: 'delete', ...image },
  ]);
  const [, , pushed] = events;
  expect(pushed?.references?.map((each) => each.digest)).toEqual([digest]);
  expect(pushed?.url).toBe(`http://127.0.0.1:${registry.port}/v2/test/app/manifests/${digestOf(manifest)}`);
  expect(pushed?.request).toMatchObject({ method: 'PUT', host: `127.0.0.1:${registry.port}` });
});
