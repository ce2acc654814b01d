import {
  type Descriptor,
  type Digest,
  familiarName,
  formatReference,
  type ImageReference,
  parseImageReference,
  withDefaultTag,
} from '../core/index.ts';
import { type ImageConfig, parseImageConfig } from './image-config.ts';
import { getImage } from './lookup.ts';
import type { Platform } from './platform.ts';
import type { ImageRecord } from './store/image-record.ts';
import type { ImageStore } from './store/image-store.ts';
import { parseTimestamp } from './timestamp.ts';

/** An image in a list. `size` as docker counts it: the sizes of what its layers unpack to. */
export interface ImageSummary {
  readonly id: Digest;
  readonly created: Date;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
  readonly size: number;
  /** What its layers take as they are held, packed or not, in bytes. */
  readonly packedSize: number;
  readonly platform: Platform;
  /** Those it was pulled, pushed or loaded with, oldest first. */
  readonly manifests: readonly Descriptor[];
  /** Bytes of `size` that other images have too, layer stack by layer stack. */
  readonly sharedSize: number;
}

/**
 * Filters of a list: each name with the values given (Docker Engine API v1.51, `ImageList`, `ImagePrune`): `before`,
 * `since`, `reference`, `label`, `label!`, `dangling`, `until`.
 */
export type ImageFilters = ReadonlyMap<string, readonly string[]>;

const EPOCH = new Date(0);

/** Images, newest first. @throws {ImageNotFoundError | TimestampInvalidError} `before`, `since` or `until` names none */
export async function listImages(store: ImageStore, filters: ImageFilters, now: Date): Promise<ImageSummary[]> {
  const shared = countStacks(store);
  const all = await Promise.all(store.listImages().map((image) => summarize(store, image, shared)));
  const patterns = filters.get('reference') ?? [];
  const before = await Promise.all((filters.get('before') ?? []).map((name) => createdOf(store, name)));
  const since = await Promise.all((filters.get('since') ?? []).map((name) => createdOf(store, name)));
  const until = (filters.get('until') ?? []).map((text) => parseTimestamp(text, now));
  const dangling = filters.get('dangling')?.[0];
  const labels = filters.get('label') ?? [];
  const without = filters.get('label!') ?? [];
  return all
    .filter(({ created }) => before.every((date) => created < date) && since.every((date) => created > date))
    .filter(({ created }) => until.every((date) => created <= date))
    .filter(({ tags, digests }) => dangling === undefined || isTrue(dangling) === (tags.length + digests.length === 0))
    .filter((image) => labels.every((label) => hasLabel(image, label)))
    .filter((image) => !without.some((label) => hasLabel(image, label)))
    .map((image) => (patterns.length === 0 ? image : onlyMatching(image, patterns)))
    .filter(({ tags, digests }) => patterns.length === 0 || tags.length + digests.length > 0)
    .sort((a, b) => b.created.getTime() - a.created.getTime() || compareText(a.tags[0] ?? '', b.tags[0] ?? ''));
}

async function summarize(
  store: ImageStore,
  image: ImageRecord,
  shared: ReadonlyMap<Digest, number>,
): Promise<ImageSummary> {
  const { created, labels, platform } = await briefOf(store, image.id);
  const names = store.references.list(image.id).map(({ reference }) => reference);
  return {
    id: image.id,
    created,
    tags: names.filter(({ digest }) => !digest).map(formatReference),
    digests: names.filter(({ digest }) => digest).map(formatReference),
    labels,
    size: sizeOf(store, image),
    packedSize: packedSizeOf(store, image),
    platform,
    manifests: image.manifests,
    sharedSize: sharedSizeOf(store, image, shared),
  };
}

/** How many images have each stack of layers. */
function countStacks(store: ImageStore): ReadonlyMap<Digest, number> {
  const counts = new Map<Digest, number>();
  for (const image of store.listImages()) {
    for (const chainId of store.chainIdsOf(image)) counts.set(chainId, (counts.get(chainId) ?? 0) + 1);
  }
  return counts;
}

function sharedSizeOf(store: ImageStore, image: ImageRecord, counts: ReadonlyMap<Digest, number>): number {
  return store.chainIdsOf(image).reduce((sum, chainId, i) => {
    const diffId = image.diffIds[i];
    const isShared = (counts.get(chainId) ?? 0) > 1;
    return sum + (isShared && diffId ? (store.findLayer(diffId)?.size ?? 0) : 0);
  }, 0);
}

interface Brief {
  readonly platform: Platform;
  readonly created: Date;
  readonly labels: ReadonlyMap<string, string>;
}

const briefs = new WeakMap<ImageStore, Map<Digest, Brief>>();

/** What a list says of a config: read once, since an id never means another. */
async function briefOf(store: ImageStore, id: Digest): Promise<Brief> {
  const known = briefs.get(store) ?? new Map<Digest, Brief>();
  briefs.set(store, known);
  const found = known.get(id);
  if (found) return found;
  const config = await readConfig(store, id);
  const brief = { created: createdDate(config), labels: config.labels, platform: config.platform };
  known.set(id, brief);
  return brief;
}

export async function readConfig(store: ImageStore, id: Digest): Promise<ImageConfig> {
  return parseImageConfig(await store.blobs.bytes(id));
}

/** What the layers take as they are held, in bytes. */
export function packedSizeOf(store: ImageStore, { diffIds }: ImageRecord): number {
  return diffIds.reduce((sum, diffId) => sum + (store.findLayer(diffId)?.blobs[0]?.size ?? 0), 0);
}

/** The sizes of what the layers unpack to, in bytes. */
export function sizeOf(store: ImageStore, { diffIds }: ImageRecord): number {
  return diffIds.reduce((sum, diffId) => sum + (store.findLayer(diffId)?.size ?? 0), 0);
}

function createdDate({ created }: ImageConfig): Date {
  const date = new Date(created ?? 0);
  return Number.isNaN(date.getTime()) ? EPOCH : date;
}

async function createdOf(store: ImageStore, name: string): Promise<Date> {
  return (await briefOf(store, getImage(store, name).id)).created;
}

function hasLabel({ labels }: ImageSummary, wanted: string): boolean {
  const [name = '', ...value] = wanted.split('=');
  return value.length === 0 ? labels.has(name) : labels.get(name) === value.join('=');
}

function onlyMatching(image: ImageSummary, patterns: readonly string[]): ImageSummary {
  const isMatch = (name: string): boolean => patterns.some((pattern) => matchesReference(name, pattern));
  return { ...image, tags: image.tags.filter(isMatch), digests: image.digests.filter(isMatch) };
}

/** A pattern in shell style over the familiar name with its tag, or over the name alone. */
function matchesReference(name: string, pattern: string): boolean {
  const reference: ImageReference = parseImageReference(name);
  const { domain, repository, tag } = withDefaultTag(reference);
  const shown = familiarName(reference);
  const expression = globExpression(pattern);
  return [formatReference(reference), shown, `${domain}/${repository}`, ...(tag ? [`${shown}:${tag}`] : [])].some(
    (text) => expression.test(text),
  );
}

/** Go's `path.Match`: `*` and `?` stop at a slash; `[…]` is a class. */
function globExpression(pattern: string): RegExp {
  const source = pattern.replaceAll(/[*?]|\[\^?[^\]/\\]+\]|[^*?[]+|\[/g, (part) => {
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part.length > 2 && part.startsWith('[') && part.endsWith(']')) return part;
    return part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`);
}

function isTrue(text: string): boolean {
  return text === '1' || text === 't' || text.toLowerCase() === 'true';
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
