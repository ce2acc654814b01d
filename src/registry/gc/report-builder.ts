import type { Digest, RepositoryName } from '../../core/index.ts';
import type { CollectedRepository } from './collect-repository.ts';
import type { CollectionReport, Removed } from './report.ts';

/** Entries of a list; what goes beyond is counted only, so that a report has its bounds. */
const MAX_LISTED = 10_000;

type Figures = Omit<CollectionReport, 'startedAt' | 'finishedAt' | 'isDryRun' | 'isResumed'>;

/** A report while it is made. */
export class ReportBuilder {
  readonly #lists = {
    tags: new BoundedList<CollectionReport['tags'][number]>(),
    manifests: new BoundedList<CollectionReport['manifests'][number]>(),
    layerLinks: new BoundedList<CollectionReport['layerLinks'][number]>(),
    blobs: new BoundedList<CollectionReport['blobs'][number]>(),
  };
  readonly #skipped: CollectionReport['skipped'][number][] = [];
  readonly #unnamed: string[] = [];
  #repositories = 0;
  #reclaimed = 0;
  #blobsKept = 0;

  get hasUnnamed(): boolean {
    return this.#unnamed.length > 0;
  }

  addUnnamed(folder: string): void {
    this.#unnamed.push(folder);
  }

  addRepository(repository: RepositoryName, collected: CollectedRepository): void {
    const { unreadable, tags, manifests, layerLinks } = collected;
    const of = <T extends string>(name: T): Removed<T> => ({ repository, name });
    this.#repositories += 1;
    if (unreadable.length > 0) this.#skipped.push({ repository, unreadable });
    for (const name of tags) this.#lists.tags.add(of(name));
    for (const name of manifests) this.#lists.manifests.add(of(name));
    for (const name of layerLinks) this.#lists.layerLinks.add(of(name));
  }

  addBlob(digest: Digest, size: number): void {
    this.#lists.blobs.add({ digest, size });
    this.#reclaimed += size;
  }

  addKept(blobs: number): void {
    this.#blobsKept += blobs;
  }

  build(): Figures {
    const { tags, manifests, layerLinks, blobs } = this.#lists;
    return {
      repositories: this.#repositories,
      counts: {
        tags: tags.count,
        manifests: manifests.count,
        layerLinks: layerLinks.count,
        blobs: blobs.count,
      },
      tags: tags.items,
      manifests: manifests.items,
      layerLinks: layerLinks.items,
      blobs: blobs.items,
      reclaimed: this.#reclaimed,
      blobsKept: this.#blobsKept,
      unnamed: this.#unnamed,
      skipped: this.#skipped,
    };
  }
}

class BoundedList<T> {
  readonly items: T[] = [];
  count = 0;

  add(item: T): void {
    this.count += 1;
    if (this.items.length < MAX_LISTED) this.items.push(item);
  }
}
