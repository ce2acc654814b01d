import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { parse as parseYaml } from 'yaml';
import {
  type Descriptor,
  digestOf,
  MEDIA_TYPES,
  parseRepositoryName,
  parseTag,
  type RepositoryName,
  type Tag,
} from '../core/index.ts';
import type { Registry } from '../registry/index.ts';
import { gzipStored, packFolder } from './hub-archive.ts';

/** An image ready to be served: everything that is pushed for it. */
export interface HubImage {
  readonly name: RepositoryName;
  readonly tag: Tag;
  readonly manifest: Buffer;
  /** Config and layers. */
  readonly blobs: readonly Buffer[];
}

/** Images that the hub has: folders below `images/` with an `image.yaml`. */
const IMAGES = ['docker/trusttest'] as const;

const Description = v.object({
  name: v.string(),
  tag: v.string(),
  created: v.pipe(v.string(), v.isoTimestamp()),
  os: v.string(),
  architecture: v.string(),
  config: v.record(v.string(), v.unknown()),
  layers: v.array(
    v.object({ folder: v.string(), created_by: v.string(), executable: v.optional(v.array(v.string()), []) }),
  ),
});
type Description = v.InferOutput<typeof Description>;

/** Builds every image of the hub from the files this package carries; the same bytes on every machine. */
export function buildHubImages(): Promise<HubImage[]> {
  const root = imagesFolder();
  return Promise.all(IMAGES.map((name) => buildImage(join(root, name))));
}

/** Puts images where `registry` serves them. */
export async function seedRegistry(registry: Registry, images: readonly HubImage[]): Promise<void> {
  for (const { name, tag, manifest, blobs } of images) {
    for (const blob of blobs) await registry.blobs.put(name, blob);
    await registry.manifests.put(name, tag, MEDIA_TYPES.dockerManifest, manifest);
  }
}

/** A Docker image (manifest v2 schema 2) of one platform. */
async function buildImage(folder: string): Promise<HubImage> {
  const description = v.parse(Description, parseYaml(readFileSync(join(folder, 'image.yaml'), 'utf8')));
  const createdAt = new Date(description.created);
  const archives = await Promise.all(
    description.layers.map((layer) =>
      packFolder(join(folder, layer.folder), { createdAt, executable: new Set(layer.executable) }),
    ),
  );
  const layers = archives.map(gzipStored);
  const config = Buffer.from(JSON.stringify(imageConfig(description, archives)));
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.dockerManifest,
    config: descriptorOf(MEDIA_TYPES.dockerConfig, config),
    layers: layers.map((layer) => descriptorOf(MEDIA_TYPES.dockerLayer, layer)),
  };
  return {
    name: parseRepositoryName(description.name),
    tag: parseTag(description.tag),
    manifest: Buffer.from(JSON.stringify(manifest, null, 3)), // as docker writes them
    blobs: [config, ...layers],
  };
}

function imageConfig({ architecture, os, created, config, layers }: Description, archives: readonly Buffer[]): object {
  return {
    architecture,
    config,
    created,
    history: layers.map((layer) => ({ created, created_by: layer.created_by })),
    os,
    rootfs: { type: 'layers', diff_ids: archives.map((archive) => digestOf(archive)) },
  };
}

function descriptorOf(mediaType: string, bytes: Buffer): Descriptor {
  return { mediaType, size: bytes.byteLength, digest: digestOf(bytes) };
}

/** `images/` of this package, whether this runs from the sources or from the bundle. */
function imagesFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'images', IMAGES[0], 'image.yaml'))) {
    if (dirname(folder) === folder) throw new Error(`images/${IMAGES[0]} is not in this package`);
    folder = dirname(folder);
  }
  return join(folder, 'images');
}
