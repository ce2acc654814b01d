import { describe, expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../core/index.ts';
import { parseManifest, selectManifest } from './manifest.ts';

const descriptor = (mediaType: string) => ({ mediaType, digest: digestOf('x'), size: 1 });
const config = descriptor(MEDIA_TYPES.dockerConfig);
const layer = descriptor(MEDIA_TYPES.dockerLayer);

function parse(value: unknown, transportType: string = MEDIA_TYPES.dockerManifest) {
  return parseManifest(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), transportType);
}

describe('a manifest', () => {
  test.each([
    ['a Docker image', { mediaType: MEDIA_TYPES.dockerManifest, config, layers: [layer] }, 'image'],
    ['an OCI image that does not say so', { config: descriptor(MEDIA_TYPES.ociConfig), layers: [] }, 'image'],
    ['an index', { mediaType: MEDIA_TYPES.ociIndex, manifests: [] }, 'index'],
  ])('may be %s', (_, value, kind) => {
    expect(parse(value).kind).toBe(kind);
  });

  test.each([
    ['is no JSON', 'Malicious data', /^invalid manifest: malformed JSON/],
    ['is no object', '[]', /not an object$/],
    ['has no config', { layers: [] }, /has no config$/],
    [
      'is for something that is no image',
      { config: descriptor('application/x'), layers: [] },
      /unsupported media type/,
    ],
    ['lists a layer without a size', { config, layers: [{ ...layer, size: undefined }] }, /invalid layer$/],
    ['lists a layer of a negative size', { config, layers: [{ ...layer, size: -1 }] }, /invalid layer$/],
    ['lists a layer under a digest that is none', { config, layers: [{ ...layer, digest: '../x' }] }, /invalid layer$/],
    ['is an image and an index at once', { config, layers: [], manifests: [] }, /both an image and an index$/],
    [
      'is of schema 1',
      { mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' },
      /unsupported manifest/,
    ],
  ])('is refused when it %s', (_, value, message) => {
    expect(() => parse(value)).toThrow(
      expect.objectContaining({ code: 'ENGINE_MANIFEST_UNUSABLE', message: expect.stringMatching(message) }),
    );
  });
});

test.each([
  [{ os: 'linux', architecture: 'amd64' }, 0],
  [{ os: 'linux', architecture: 'arm64' }, 1],
  [{ os: 'linux', architecture: 'arm', variant: 'v7' }, 2],
])('of an index the image for %j is chosen', (platform, at) => {
  const entries = [
    { os: 'linux', architecture: 'x86_64' },
    { os: 'linux', architecture: 'arm64', variant: 'v8' },
    { os: 'linux', architecture: 'arm', variant: 'v7' },
  ].map((offered, i) => ({ ...descriptor(MEDIA_TYPES.ociManifest), digest: digestOf(String(i)), platform: offered }));
  const index = parse({ mediaType: MEDIA_TYPES.ociIndex, manifests: entries });
  if (index.kind !== 'index') throw new Error('no index');
  expect(selectManifest(index, platform).digest).toBe(digestOf(String(at)));
});
