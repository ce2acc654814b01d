import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Digest, digestOf, MEDIA_TYPES, parseRepositoryName, parseTag } from '../../src/core/index.ts';
import { createRegistry } from '../../src/registry/index.ts';
import { openFilesystemDriver } from '../../src/storage/index.ts';

const V2 = 'docker/registry/v2';

/** An image of a few layers: what most requests are about. */
export async function makeImage(root: string): Promise<{ readonly manifest: Digest; readonly blob: Digest }> {
  const { blobs, manifests } = createRegistry({ driver: openFilesystemDriver(root) });
  const name = parseRepositoryName('bench/image');
  const descriptor = (mediaType: string, digest: Digest, size: number) => ({ mediaType, size, digest });
  const config = await blobs.put(name, Buffer.from('{"os":"linux","architecture":"amd64"}'));
  const layer = await blobs.put(name, Buffer.alloc(20_000, 'layer'));
  const body = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.dockerManifest,
    config: descriptor(MEDIA_TYPES.dockerConfig, config, 37),
    layers: [descriptor(MEDIA_TYPES.dockerLayer, layer, 20_000)],
  };
  const bytes = Buffer.from(JSON.stringify(body));
  const { digest } = await manifests.put(name, parseTag('latest'), MEDIA_TYPES.dockerManifest, bytes);
  return { manifest: digest, blob: layer };
}

function link(folder: string, digest: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'link'), digest);
}

/** A repository with that many tags, and that many repositories. Nothing is synced: it is gone after the run. */
export function makeLists(root: string, count: number): void {
  const digest = digestOf('nothing');
  const hex = digest.slice(7);
  const many = join(root, V2, 'repositories/many/tags/_manifests');
  link(join(many, 'revisions/sha256', hex), digest);
  for (let i = 0; i < count; i += 1) {
    link(join(many, `tags/v1.${i}/current`), digest);
    const one = join(root, V2, `repositories/team${i % 100}/app${i}`);
    link(join(one, '_manifests/revisions/sha256', hex), digest);
    link(join(one, '_layers/sha256', hex), digest);
    link(join(one, '_manifests/tags/latest/current'), digest);
  }
}

/** ext4 lets a file have 65,000 names. */
const NAMES_OF_A_FILE = 60_000;

/**
 * A store of `count` blobs, of which a repository has `linked`, from all over it. Their bytes are not what their digests say, and
 * shared: reading does not look.
 */
export function makeBlobs(root: string, count: number, linked: number): Digest[] {
  const digests: Digest[] = [];
  let original = '';
  for (let i = 0; i < count; i += 1) {
    const digest = digestOf(`blob ${i}`);
    const hex = digest.slice(7);
    const path = join(root, V2, 'blobs/sha256', hex.slice(0, 2), hex, 'data');
    mkdirSync(dirname(path), { recursive: true });
    if (i % NAMES_OF_A_FILE === 0) {
      original = path;
      writeFileSync(path, 'a blob of little content\n');
    } else {
      linkSync(original, path);
    }
    if (i % (count / linked) !== 0) continue;
    link(join(root, V2, 'repositories/bench/blobs/_layers/sha256', hex), digest);
    digests.push(digest);
  }
  return digests;
}
