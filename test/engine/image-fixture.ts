import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { type Descriptor, digestOf, MEDIA_TYPES, parseRepositoryName, parseTag } from '../../src/core/index.ts';
import type { Registry } from '../../src/registry/index.ts';

/** An image as a registry holds it, with each part at hand. */
export interface ImageFixture {
  readonly config: Buffer;
  /** Lowest first. */
  readonly layers: readonly LayerFixture[];
  readonly manifest: Buffer;
  readonly mediaType: string;
}

export interface LayerFixture {
  readonly tar: Buffer;
  readonly blob: Buffer;
  readonly descriptor: Descriptor;
}

export interface ImageOptions {
  readonly architecture?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly created?: string;
}

/** A tar of text files by name. */
export async function makeTar(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name, mtime: new Date(0) }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function makeLayer(
  tar: Buffer,
  mediaType: string = MEDIA_TYPES.dockerLayer,
  blob: Buffer = gzipSync(tar),
): LayerFixture {
  return { tar, blob, descriptor: { mediaType, digest: digestOf(blob), size: blob.byteLength } };
}

/** An image with one small layer for each text. */
export async function makeImage(texts: readonly string[], options: ImageOptions = {}): Promise<ImageFixture> {
  const tars = await Promise.all(texts.map((text, i) => makeTar({ [`file-${i}.txt`]: text })));
  return imageOf(
    tars.map((tar) => makeLayer(tar)),
    options,
  );
}

export function imageOf(layers: readonly LayerFixture[], options: ImageOptions = {}): ImageFixture {
  const { architecture = 'amd64', labels, created = '2020-01-02T03:04:05Z' } = options;
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      created,
      config: { Cmd: ['/bin/true'], ...(labels && { Labels: labels }) },
      rootfs: { type: 'layers', diff_ids: layers.map(({ tar }) => digestOf(tar)) },
      history: layers.map((_, i) => ({ created, created_by: `layer ${i}` })),
    }),
  );
  const mediaType = MEDIA_TYPES.dockerManifest;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: { mediaType: MEDIA_TYPES.dockerConfig, digest: digestOf(config), size: config.byteLength },
      layers: layers.map(({ descriptor }) => descriptor),
    }),
  );
  return { config, layers, manifest, mediaType };
}

/** Puts an image into a registry without going over HTTP. */
export async function putImage(registry: Registry, name: string, tag: string, image: ImageFixture): Promise<void> {
  const repository = parseRepositoryName(name);
  await registry.blobs.put(repository, image.config);
  for (const { blob } of image.layers) await registry.blobs.put(repository, blob);
  await registry.manifests.put(repository, parseTag(tag), image.mediaType, image.manifest);
}
