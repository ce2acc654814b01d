import type { Digest, RepositoryName } from '../../core/index.ts';
import type { BlobReader, ManifestReader } from '../readers.ts';
import type { Reply } from './reply.ts';
import type { RegistryRequest } from './request.ts';

/**
 * By HEAD clients find out what they need not push, and then name it: what they find is kept from collectors for a while.
 * Answers what of the reply says how long that is good. An answer to GET is not good for the first HEAD.
 */
export async function expectUse(
  reader: BlobReader | ManifestReader,
  request: RegistryRequest,
  name: RepositoryName,
  digest: Digest,
): Promise<Pick<Reply, 'isGoodForHead'>> {
  if (!reader.expectUse) return {};
  return { isGoodForHead: request.isHead ? await reader.expectUse(name, digest) : () => false };
}
