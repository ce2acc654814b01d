import { readFile } from 'node:fs/promises';
import {
  digestOf,
  type ImageReference,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseImageReference,
  parseJson,
  withDefaultTag,
} from '../core/index.ts';
import { type ArchiveEntries, ImageArchiveError } from './archive-entries.ts';
import { type ImageManifest, ManifestUnusableError, parseManifest, selectManifest } from './manifest.ts';
import type { Platform } from './platform.ts';
import type { Ingest } from './store/ingest.ts';

/** One image of an archive, by the names of its files in there. */
export interface ArchivedImage {
  readonly config: string;
  readonly layers: readonly string[];
  readonly references: readonly ImageReference[];
  /** Where the archive is an OCI layout: the manifest's own bytes. */
  readonly manifest: Buffer | undefined;
}

const MAX_INDEX_BYTES = 16 * 1024 * 1024;
const REFERENCE_ANNOTATIONS = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];

/** The images of an archive, docker's list before the layout's index. @throws {ImageArchiveError | ManifestUnusableError} */
export async function listArchived(entries: ArchiveEntries, platform: Platform): Promise<readonly ArchivedImage[]> {
  const { images: layout, problem } = await readLayout(entries, platform);
  const file = entries.find('manifest.json');
  if (!file) {
    if (layout.length > 0) return layout;
    throw problem ?? new ImageArchiveError('archive has neither manifest.json nor index.json');
  }
  const value = parseJson(await contentOf(file, MAX_INDEX_BYTES));
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return items.filter(isJsonObject).map((item) => {
    const config = textOf(item.Config);
    const layers = listOf(item.Layers).map(textOf);
    const manifest = layout.find((other) => other.config === config && other.layers.join() === layers.join())?.manifest;
    return { config, layers, references: listOf(item.RepoTags).map((tag) => taggedReference(textOf(tag))), manifest };
  });
}

interface Layout {
  readonly images: readonly ArchivedImage[];
  /** Why one of its manifests was passed over: it is no image, or none for this platform. */
  readonly problem: ManifestUnusableError | undefined;
}

async function readLayout(entries: ArchiveEntries, platform: Platform): Promise<Layout> {
  const file = entries.find('index.json');
  const value = file && parseJson(await contentOf(file, MAX_INDEX_BYTES));
  const images: ArchivedImage[] = [];
  let problem: ManifestUnusableError | undefined;
  for (const item of isJsonObject(value) ? listOf(value.manifests).filter(isJsonObject) : []) {
    try {
      const found = await findLayoutManifest(entries, textOf(item.digest), textOf(item.mediaType), platform);
      if (!found) continue;
      images.push({
        config: blobName(found.manifest.config.digest),
        layers: found.manifest.layers.map(({ digest }) => blobName(digest)),
        references: layoutReferences(item),
        manifest: found.bytes,
      });
    } catch (thrown) {
      if (!(thrown instanceof ManifestUnusableError)) throw thrown;
      problem ??= thrown;
    }
  }
  return { images, problem };
}

async function findLayoutManifest(
  entries: ArchiveEntries,
  digest: string,
  mediaType: string,
  platform: Platform,
): Promise<{ manifest: ImageManifest; bytes: Buffer } | undefined> {
  const file = entries.find(blobName(digest));
  if (!file) return undefined;
  const bytes = await contentOf(file, MAX_INDEX_BYTES);
  if (digestOf(bytes) !== digest) throw new ImageArchiveError(`archive has other bytes than ${digest.slice(0, 80)}`);
  const manifest = parseManifest(bytes, mediaType);
  if (manifest.kind === 'image') return { manifest, bytes };
  const chosen = selectManifest(manifest, platform);
  return findLayoutManifest(entries, chosen.digest, chosen.mediaType, platform);
}

/** A config or index of the archive. @throws {ImageArchiveError} too large */
export async function contentOf(file: Ingest, maxBytes: number): Promise<Buffer> {
  if (file.size > maxBytes)
    throw new ImageArchiveError(`archive's file is larger than the ${maxBytes} bytes allowed here`);
  return readFile(file.path);
}

function layoutReferences({ annotations }: JsonObject): ImageReference[] {
  const values = isJsonObject(annotations) ? REFERENCE_ANNOTATIONS.map((name) => textOf(annotations[name])) : [];
  const name = values.find((text) => text.includes(':') || text.includes('/'));
  return name === undefined ? [] : [taggedReference(name)];
}

function taggedReference(text: string): ImageReference {
  const { domain, repository, tag, digest } = withDefaultTag(parseImageReference(text));
  if (digest || !tag) throw new ImageArchiveError(`invalid tag ${JSON.stringify(text.slice(0, 200))}`);
  return { domain, repository, tag };
}

function blobName(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
