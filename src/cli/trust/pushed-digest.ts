import { errorMessage, formatReference, type ImageReference } from '../../core/index.ts';
import type { PushedImage } from './pushed-images.ts';
import type { FetchManifest } from './remote-manifest.ts';
import { ContentTrustError } from './trust-error.ts';

/** Who can say what was pushed when the Engine's stream does not, or not for programs. */
export interface PushWitnesses {
  readonly fetch: FetchManifest;
  /** Digests that the Engine knows the local image under: `RepoDigests` of it. */
  listLocalDigests(reference: ImageReference): Promise<readonly string[]>;
}

/**
 * Finds out what a push has left under a tag, from an Engine with a containerd image store, which sends no record of it
 * (Docker Engine API v1.50, `PushResult`). The registry is asked, and what it has is compared with what the Engine
 * `shown` to people, or else knows of its image: the registry's word alone is worth nothing.
 * @throws {ContentTrustError} they differ, or there is nothing to compare
 */
export async function findPushedDigest(
  reference: ImageReference & { readonly tag: string },
  shown: PushedImage | undefined,
  { fetch, listLocalDigests }: PushWitnesses,
): Promise<PushedImage> {
  const name = formatReference(reference);
  let remote: Awaited<ReturnType<FetchManifest>>;
  try {
    remote = await fetch(reference);
  } catch (cause) {
    if (shown) return shown; // the Engine's own word, by which docker signs
    throw new ContentTrustError(
      `the Engine did not say which digest it pushed, and the registry cannot be asked: ${errorMessage(cause)}`,
      { cause },
    );
  }
  const known = shown ? [shown.digest] : await listLocalDigests(reference);
  if (known.includes(remote.digest)) return { tag: reference.tag, digest: remote.digest, size: remote.bytes.length };
  throw new ContentTrustError(
    known.length === 0
      ? `the Engine did not say which digest it pushed, nor does it know one of its image: the registry has ${remote.digest} under ${name}. If that is yours, sign it: trust sign --remote --digest ${remote.digest} ${name}`
      : `the Engine pushed ${known.join(' or ')}, and the registry has ${remote.digest} under ${name}: somebody else pushed it, or the registry changed it`,
  );
}
