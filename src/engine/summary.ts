import {
  type Digest,
  familiarName,
  formatReference,
  type ImageReference,
  parseImageReference,
  withDefaultTag,
} from '../core/index.ts';
import { type ImageConfig, parseImageConfig } from './image-config.ts';
import { getImage } from './lookup.ts';
import type { ImageRecord } from './store/image-record.ts';
import type { ImageStore } from './store/image-store.ts';

/** An image in a list. `size` as docker counts it: the sizes of what its layers unpack to. */
export interface ImageSummary {
  readonly id: Digest;
  readonly created: Date;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
  readonly size: number;
}

/** Filters of a list: each name with the values given (Docker Engine API v1.50, `ImageList`). */
export type ImageFilters = ReadonlyMap<string, readonly string[]>;

const EPOCH = new Date(0);

/** Images, newest first. @throws {ImageNotFoundError} `before` or `since` names none */
export async function listImages(store: ImageStore, filters: ImageFilters): Promise<ImageSummary[]> {
  const all = await Promise.all(store.listImages().map((image) => summarize(store, image)));
  const patterns = filters.get('reference') ?? [];
  const before = await createdOf(store, filters.get('before')?.[0]);
  const since = await createdOf(store, filters.get('since')?.[0]);
  const dangling = filters.get('dangling')?.[0];
  const labels = filters.get('label') ?? [];
  return all
    .filter(({ created }) => (!before || created < before) && (!since || created > since))
    .filter(({ tags, digests }) => dangling === undefined || isTrue(dangling) === (tags.length + digests.length === 0))
    .filter((image) => labels.every((label) => hasLabel(image, label)))
    .map((image) => (patterns.length === 0 ? image : onlyMatching(image, patterns)))
    .filter(({ tags, digests }) => patterns.length === 0 || tags.length + digests.length > 0)
    .sort((a, b) => b.created.getTime() - a.created.getTime() || compareText(a.tags[0] ?? '', b.tags[0] ?? ''));
}

async function summarize(store: ImageStore, image: ImageRecord): Promise<ImageSummary> {
  const config = await readConfig(store, image.id);
  const names = store.references.list(image.id).map(({ reference }) => reference);
  return {
    id: image.id,
    created: createdDate(config),
    tags: names.filter(({ digest }) => !digest).map(formatReference),
    digests: names.filter(({ digest }) => digest).map(formatReference),
    labels: config.labels,
    size: sizeOf(store, image),
  };
}

export async function readConfig(store: ImageStore, id: Digest): Promise<ImageConfig> {
  return parseImageConfig(await store.blobs.bytes(id));
}

/** The sizes of what the layers unpack to, in bytes. */
export function sizeOf(store: ImageStore, { diffIds }: ImageRecord): number {
  return diffIds.reduce((sum, diffId) => sum + (store.findLayer(diffId)?.size ?? 0), 0);
}

function createdDate({ created }: ImageConfig): Date {
  const date = new Date(created ?? 0);
  return Number.isNaN(date.getTime()) ? EPOCH : date;
}

async function createdOf(store: ImageStore, name: string | undefined): Promise<Date | undefined> {
  return name === undefined ? undefined : createdDate(await readConfig(store, getImage(store, name).id));
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
  return text === '1' || text.toLowerCase() === 'true';
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
