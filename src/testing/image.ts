import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { type Descriptor, type Digest, digestOf, MEDIA_TYPES } from '../core/index.ts';

/** Files of one layer, by path: texts, or bytes. */
export type LayerFiles = Readonly<Record<string, string | Uint8Array>>;

/** What an image is made of. The same request gives the same digests, everywhere. */
export interface ImageRequest {
  /** From the lowest up; one empty layer when absent. */
  readonly layers?: readonly LayerFiles[];
  /** Of the container: `Env`, `Cmd`, `Labels`, … (image-spec v1.1, "config", "Properties"). */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly os?: string;
  readonly architecture?: string;
  /** Docker's manifest (v2 schema 2) unless told otherwise. */
  readonly format?: 'docker' | 'oci';
}

/** An image, ready to be pushed. */
export interface Image {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly manifest: Buffer;
  readonly config: Buffer;
  /** Config and compressed layers, by digest. */
  readonly blobs: ReadonlyMap<Digest, Buffer>;
}

const EPOCH = new Date(0);
const TYPES = {
  docker: { manifest: MEDIA_TYPES.dockerManifest, config: MEDIA_TYPES.dockerConfig, layer: MEDIA_TYPES.dockerLayer },
  oci: { manifest: MEDIA_TYPES.ociManifest, config: MEDIA_TYPES.ociConfig, layer: MEDIA_TYPES.ociLayerGzip },
} as const;

/** Builds an image: `await image({ layers: [{ 'etc/motd': 'hello' }] })`. */
export async function image(request: ImageRequest = {}): Promise<Image> {
  const { layers = [{}], config = {}, os = 'linux', architecture = 'amd64', format = 'docker' } = request;
  const types = TYPES[format];
  const archives = await Promise.all(layers.map(packLayer));
  const compressed = archives.map((archive) => gzipSync(archive));
  const created = EPOCH.toISOString();
  const configBytes = Buffer.from(
    JSON.stringify({
      architecture,
      config,
      created,
      history: layers.map(() => ({ created, created_by: 'trustsandbox image()' })),
      os,
      rootfs: { type: 'layers', diff_ids: archives.map((archive) => digestOf(archive)) },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: descriptorOf(types.config, configBytes),
      layers: compressed.map((layer) => descriptorOf(types.layer, layer)),
    }),
  );
  return {
    digest: digestOf(manifest),
    mediaType: types.manifest,
    manifest,
    config: configBytes,
    blobs: new Map([configBytes, ...compressed].map((bytes) => [digestOf(bytes), bytes])),
  };
}

async function packLayer(files: LayerFiles): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
    archive.entry({ name: name.replace(/^\/+/, ''), mtime: EPOCH, uid: 0, gid: 0, mode: 0o644 }, bytes);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function descriptorOf(mediaType: string, bytes: Buffer): Descriptor {
  return { mediaType, size: bytes.byteLength, digest: digestOf(bytes) };
}
