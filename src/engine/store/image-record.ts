import { type Descriptor, type Digest, digestOf, isDigest, type JsonObject } from '../../core/index.ts';
import { parseDescriptors } from './layer-record.ts';

/**
 * An image of the store, by its id, the digest of its config. `manifests` are those it was pulled, pushed or loaded
 * with, oldest first; `lastTaggedAt` in RFC 3339.
 */
export interface ImageRecord {
  readonly id: Digest;
  readonly diffIds: readonly Digest[];
  readonly manifests: readonly Descriptor[];
  readonly lastTaggedAt?: string;
}

export function parseImageRecord(id: Digest, value: JsonObject): ImageRecord | undefined {
  const { diffIds, lastTaggedAt } = value;
  if (!Array.isArray(diffIds) || !diffIds.every((diffId) => typeof diffId === 'string' && isDigest(diffId))) {
    return undefined;
  }
  return {
    id,
    diffIds,
    manifests: parseDescriptors(value.manifests),
    ...(typeof lastTaggedAt === 'string' && { lastTaggedAt }),
  };
}

/**
 * The ids of the layer stacks of an image, lowest first: each names a layer together with all below it
 * (image-spec v1.1, config.md, "Layer ChainID").
 */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`));
  }
  return chain;
}
