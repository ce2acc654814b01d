import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../core/index.ts';
import { startHub } from './hub.ts';
import { gzipStored } from './hub-archive.ts';
import { buildHubImages } from './hub-image.ts';

describe('docker/trusttest', async () => {
  const [image] = await buildHubImages();
  if (!image) throw new Error('the hub has no image');
  const { manifest, blobs, name, tag } = image;
  const [config, base, trusttest] = blobs;

  test('is the same image on every machine', () => {
    expect([name, tag]).toEqual(['docker/trusttest', 'latest']);
    expect([manifest, config, base, trusttest].map((bytes) => digestOf(bytes ?? ''))).toEqual([
      'sha256:798f6a091e69b3411b9aaedb9d59f5fc00f3df7cfbe9353a6e3c5ef2015630d9',
      'sha256:d2c3128be5165233d642b51e779e05144ec9633dbd1b263268efb42877bbb4a4',
      'sha256:b847de72e3168a308212bc2007627da7f6c2565890f3e139ec314be95ec72da7',
      'sha256:ceb9219dd4176d84fe80ceb87aeb038b5f4161f5b02e5f2d7cb53b749f24e471',
    ]);
  });

  test('has a config whose diff ids are those of its layers', () => {
    const { rootfs, history, created } = JSON.parse(String(config));
    const diffIds = [base, trusttest].map((layer) => digestOf(gunzipSync(layer ?? '')));
    expect(rootfs).toEqual({ type: 'layers', diff_ids: diffIds });
    expect([history.length, created]).toEqual([2, '2015-06-10T17:00:00Z']);
  });

  test('is what the hub serves, with every blob it names', async () => {
    await using hub = await startHub({ kind: 'tcp', host: '127.0.0.1', port: 0 });
    const answer = await fetch(`${hub.url}/v2/docker/trusttest/manifests/latest`);
    expect(answer.headers.get('docker-content-digest')).toBe(digestOf(manifest));
    const served = JSON.parse(await answer.text());
    for (const { digest, size } of [served.config, ...served.layers]) {
      const blob = await (await fetch(`${hub.url}/v2/docker/trusttest/blobs/${digest}`)).arrayBuffer();
      expect([digestOf(new Uint8Array(blob)), blob.byteLength]).toEqual([digest, size]);
    }
  });
});

test('stored gzip is read back by any gunzip', () => {
  const sizes = fc.constantFrom(0, 1, 65_534, 65_535, 65_536, 131_070, 200_000);
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 255 }), (size, fill) => {
      const bytes = Buffer.alloc(size, fill);
      return gunzipSync(gzipStored(bytes)).equals(bytes);
    }),
    { numRuns: 20 },
  );
});
