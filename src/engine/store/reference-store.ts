import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Digest,
  fullName,
  type ImageReference,
  isDigest,
  isJsonObject,
  parseImageReference,
  parseJson,
} from '../../core/index.ts';
import { writeDurably } from './durable-file.ts';

/** A name of an image in the store: a tag, or a digest it was pulled or pushed under, never both. */
export interface StoredReference {
  readonly reference: ImageReference;
  readonly imageId: Digest;
}

const FILE = 'references.json';

/** Names of images, in one file that is replaced whole. Listed in order of their full text, as docker lists them. */
export class ReferenceStore {
  readonly #root: string;
  readonly #temporary: string;
  #references: ReadonlyMap<string, StoredReference>;
  #sorted: SortedNames | undefined;

  private constructor(root: string, temporary: string, references: ReadonlyMap<string, StoredReference>) {
    this.#root = root;
    this.#temporary = temporary;
    this.#references = references;
  }

  static async open(root: string, temporary: string): Promise<ReferenceStore> {
    const bytes = await readFile(join(root, FILE)).catch(() => Buffer.from('{}'));
    const value = parseJson(bytes);
    const references = new Map<string, StoredReference>();
    for (const [text, imageId] of Object.entries(isJsonObject(value) ? value : {})) {
      if (typeof imageId !== 'string' || !isDigest(imageId)) continue;
      references.set(text, { reference: parseImageReference(text), imageId });
    }
    return new ReferenceStore(root, temporary, references);
  }

  find(reference: ImageReference): Digest | undefined {
    return this.#references.get(referenceKey(reference))?.imageId;
  }

  /** All names, or those of one image. */
  list(imageId?: Digest): readonly StoredReference[] {
    this.#sorted ??= sortNames(this.#references);
    return imageId === undefined ? this.#sorted.all : (this.#sorted.byImage.get(imageId) ?? []);
  }

  /** Adds, moves (an id) or removes (undefined) names, all or none. */
  async update(changes: readonly { reference: ImageReference; imageId: Digest | undefined }[]): Promise<void> {
    const next = new Map(this.#references);
    for (const { reference, imageId } of changes) {
      const key = referenceKey(reference);
      if (imageId === undefined) next.delete(key);
      else next.set(key, { reference, imageId });
    }
    const file = Object.fromEntries([...next].map(([text, { imageId }]) => [text, imageId]));
    await writeDurably(join(this.#root, FILE), JSON.stringify(file), this.#temporary);
    this.#references = next;
    this.#sorted = undefined;
  }
}

interface SortedNames {
  readonly all: readonly StoredReference[];
  readonly byImage: ReadonlyMap<Digest, readonly StoredReference[]>;
}

function sortNames(references: ReadonlyMap<string, StoredReference>): SortedNames {
  const all = [...references].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stored]) => stored);
  const byImage = new Map<Digest, StoredReference[]>();
  for (const stored of all) {
    const others = byImage.get(stored.imageId);
    if (others) others.push(stored);
    else byImage.set(stored.imageId, [stored]);
  }
  return { all, byImage };
}

/** `docker.io/library/alpine:3`, or `docker.io/library/alpine@sha256:…` where there is a digest. */
export function referenceKey(reference: ImageReference): string {
  const rest = reference.digest ? `@${reference.digest}` : `:${reference.tag ?? 'latest'}`;
  return fullName(reference) + rest;
}
