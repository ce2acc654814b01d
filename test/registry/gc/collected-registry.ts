import {
  type Clock,
  type Digest,
  digestOf,
  MEDIA_TYPES,
  parseRepositoryName,
  parseTag,
} from '../../../src/core/index.ts';
import { type CollectionReport, collectGarbage, createRegistry } from '../../../src/registry/index.ts';
import { createMemoryDriver } from '../../../src/storage/index.ts';
import { imageManifest } from '../running-registry.ts';

const HOUR = 3_600_000;

/** A registry whose clock is the test's, filled without a socket. */
export function createCollectedRegistry() {
  let now = Date.parse('2026-03-01T00:00:00Z');
  const clock: Clock = { now: () => new Date(now) };
  const driver = createMemoryDriver({ clock });
  const { blobs, manifests, tags } = createRegistry({ driver, clock });
  const name = parseRepositoryName('test/app');
  const put = async (body: string, mediaType: string, tag: string | undefined): Promise<Digest> => {
    const reference = tag === undefined ? digestOf(body) : parseTag(tag);
    return (await manifests.put(name, reference, mediaType, Buffer.from(body))).digest;
  };
  return {
    driver,
    clock,
    blobs,
    manifests,
    tags,
    name,
    pass: (hours: number): void => {
      now += hours * HOUR;
    },
    pushBlob: (text: string) => blobs.put(name, Buffer.from(text)),
    /** An image of one layer, `text`. */
    async pushImage(text: string, tag?: string, more: object = {}): Promise<Digest> {
      const config = await blobs.put(name, Buffer.from(`{"of":"${text}"}`));
      return put(imageManifest(config, [await blobs.put(name, Buffer.from(text))], more), MEDIA_TYPES.ociManifest, tag);
    },
    pushIndex(images: readonly Digest[], tag?: string, more: object = {}): Promise<Digest> {
      const list = images.map((digest) => ({ mediaType: MEDIA_TYPES.ociManifest, digest, size: 5 }));
      const body = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: list, ...more };
      return put(JSON.stringify(body), MEDIA_TYPES.ociIndex, tag);
    },
    collect: (options: Partial<Parameters<typeof collectGarbage>[0]> = {}): Promise<CollectionReport> =>
      collectGarbage({ driver, clock, ...options }),
    has: async (digest: Digest): Promise<boolean> => (await manifests.find(name, digest)) !== undefined,
    hasBlob: async (text: string): Promise<boolean> => (await blobs.find(name, digestOf(text))) !== undefined,
  };
}

export function subjectOf(digest: Digest): object {
  return { subject: { mediaType: MEDIA_TYPES.ociManifest, digest, size: 5 } };
}
