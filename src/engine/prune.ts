import type { Removal } from './remove.ts';
import type { ImageStore } from './store/image-store.ts';
import { type ImageFilters, listImages } from './summary.ts';

export interface PruneRequest {
  /** Only images without a name; else all that `isUsed` does not hold back. */
  readonly danglingOnly: boolean;
  /** `until`, `label`, `label!`, as for a list. */
  readonly filters: ImageFilters;
  /** Whether a container has the image, by its name or id. */
  readonly isUsed: (name: string) => boolean;
}

export interface Pruned {
  readonly removals: readonly Removal[];
  /** What the layers that went unpacked to, in bytes. */
  readonly freed: number;
}

/** Removes images nobody needs (Engine API v1.51, `ImagePrune`). Layers that other images have stay and count for nothing. */
export async function pruneImages(
  store: ImageStore,
  { danglingOnly, filters, isUsed }: PruneRequest,
  now: Date,
  remove: (id: string) => Promise<readonly Removal[]>,
): Promise<Pruned> {
  const wanted = danglingOnly ? new Map([...filters, ['dangling', ['true']] as const]) : filters;
  const images = (await listImages(store, wanted, now)).filter(
    ({ id, tags, digests }) => ![id, ...tags, ...digests].some(isUsed),
  );
  const before = sizeOfLayers(store);
  const removals: Removal[] = [];
  for (const { id } of images) removals.push(...(await remove(id)));
  return { removals, freed: before - sizeOfLayers(store) };
}

/** What all layers unpack to, each counted once. */
export function sizeOfLayers(store: ImageStore): number {
  return store.listLayers().reduce((sum, { size }) => sum + size, 0);
}
