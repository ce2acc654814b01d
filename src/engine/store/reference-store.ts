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
import type { Staged } from './staged.ts';

/** A name of an image in the store: a tag, or a digest it was pulled or pushed under, never both. */
export interface StoredReference {
  readonly reference: ImageReference;
  readonly imageId: Digest;
}

const FILE = 'references.json';

/** Names of images, in one file that is replaced whole. Listed in order of their full text, as docker lists them. */
export class ReferenceStore {
  readonly #references: Map<string, StoredReference>;
  #sorted: SortedNames | undefined;
  /** What names meant before what is staged. */
  #staged = new Map<string, StoredReference | undefined>();

  private constructor(references: Map<string, StoredReference>) {
    this.#references = references;
  }

  static async open(root: string): Promise<ReferenceStore> {
    const bytes = await readFile(join(root, FILE)).catch(() => Buffer.from('{}'));
    const value = parseJson(bytes);
    const references = new Map<string, StoredReference>();
    for (const [text, imageId] of Object.entries(isJsonObject(value) ? value : {})) {
      if (typeof imageId !== 'string' || !isDigest(imageId)) continue;
      references.set(text, { reference: parseImageReference(text), imageId });
    }
    return new ReferenceStore(references);
  }

  find(reference: ImageReference): Digest | undefined {
    return this.#references.get(referenceKey(reference))?.imageId;
  }

  /** All names, or those of one image. */
  list(imageId?: Digest): readonly StoredReference[] {
    this.#sorted ??= sortNames(this.#references);
    return imageId === undefined ? this.#sorted.all : (this.#sorted.byImage.get(imageId) ?? []);
  }

  /** Adds, moves (an id) or removes (undefined) names: in memory at once, on disk when what is staged is published. */
  stage(changes: readonly { reference: ImageReference; imageId: Digest | undefined }[]): void {
    for (const { reference, imageId } of changes) {
      const key = referenceKey(reference);
      if (!this.#staged.has(key)) this.#staged.set(key, this.#references.get(key));
      this.#set(key, imageId === undefined ? undefined : { reference, imageId });
    }
    this.#sorted = undefined;
  }

  /** All that is staged, to be published or undone. */
  takeStaged(): Staged {
    const taken = this.#staged;
    this.#staged = new Map();
    const undo = (): void => {
      for (const [key, before] of taken) {
        if (this.#staged.has(key)) this.#staged.set(key, before);
        else this.#set(key, before);
      }
      this.#sorted = undefined;
    };
    if (taken.size === 0) return { files: new Map(), undo };
    const file = Object.fromEntries([...this.#references].map(([text, { imageId }]) => [text, imageId]));
    return { files: new Map([[FILE, JSON.stringify(file)]]), undo };
  }

  #set(key: string, stored: StoredReference | undefined): void {
    if (stored) this.#references.set(key, stored);
    else this.#references.delete(key);
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
