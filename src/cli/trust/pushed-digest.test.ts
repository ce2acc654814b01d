import { describe, expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES, parseImageReference, type Tag } from '../../core/index.ts';
import { findPushedDigest } from './pushed-digest.ts';
import type { PushedImage } from './pushed-images.ts';

const bytes = Buffer.from('{"schemaVersion":2}');
const digest = digestOf(bytes);
const other = digestOf(Buffer.from('other'));
const reference = { ...parseImageReference('example.com/app:v1'), tag: 'v1' as Tag };
const has = async () => ({ mediaType: MEDIA_TYPES.ociIndex, bytes, digest });
const unreachable = async () => {
  throw new Error('connection refused');
};
const shown = (digest: string): PushedImage => ({ tag: 'v1', digest, size: 5 });

describe('what was pushed by an Engine that sends no record of it', () => {
  test.each([
    { why: 'what it showed to people and the registry has', shown: shown(digest), local: [], size: bytes.length },
    {
      why: 'what it knows its image as and the registry has',
      shown: undefined,
      local: [other, digest],
      size: bytes.length,
    },
  ])('is $why', async ({ shown: told, local, size }) => {
    const found = await findPushedDigest(reference, told, { fetch: has, listLocalDigests: async () => local });
    expect(found).toEqual({ tag: 'v1', digest, size });
  });

  test('is what it showed, where the registry cannot be asked', async () => {
    const witnesses = { fetch: unreachable, listLocalDigests: async () => [] };
    expect(await findPushedDigest(reference, shown(digest), witnesses)).toEqual(shown(digest));
  });

  test.each([
    {
      why: 'the registry has another than it showed',
      shown: shown(other),
      local: [digest],
      fetch: has,
      message: `the Engine pushed ${other}, and the registry has ${digest} under example.com/app:v1: somebody else pushed it, or the registry changed it`,
    },
    {
      why: 'the registry has another than it knows',
      shown: undefined,
      local: [other],
      fetch: has,
      message: 'somebody else pushed it',
    },
    {
      why: 'there is nothing to compare',
      shown: undefined,
      local: [],
      fetch: has,
      message: `If that is yours, sign it: trust sign --remote --digest ${digest} example.com/app:v1`,
    },
    {
      why: 'it said nothing and the registry cannot be asked',
      shown: undefined,
      local: [digest],
      fetch: unreachable,
      message: 'the registry cannot be asked: connection refused',
    },
  ])('is not known when $why', async ({ shown: told, local, fetch, message }) => {
    const finding = findPushedDigest(reference, told, { fetch, listLocalDigests: async () => local });
    await expect(finding).rejects.toThrow(message);
  });
});
