import { fullName, type ImageReference, isIndex, type Tag } from '../../core/index.ts';
import { printLine } from '../io.ts';
import { listIndexChildren } from './index-children.ts';
import type { FetchManifest } from './remote-manifest.ts';
import type { TrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';
import { signTargets } from './trusted-push.ts';

export interface RemoteSigning {
  /** Signs each image of an index too. */
  readonly hasChildren: boolean;
  /** What must be under the tag: who builds it elsewhere knows. */
  readonly digest: string | undefined;
}

/**
 * Signs what the registry has under a tag, an index for several platforms perhaps, without an Engine having it. The
 * registry's word is taken for the tag unless a digest is named; not for the content.
 * @throws {ContentTrustError} another digest, no index with `hasChildren`, or signing failed
 */
export async function signRemote(
  reference: ImageReference & { readonly tag: Tag },
  { hasChildren, digest }: RemoteSigning,
  fetch: FetchManifest,
  context: TrustContext,
): Promise<void> {
  const { stdout } = context.io;
  const name = `${fullName(reference)}:${reference.tag}`;
  const manifest = await fetch(reference);
  if (digest !== undefined && digest !== manifest.digest) {
    throw new ContentTrustError(
      `the registry has ${manifest.digest} under ${name}, and not ${digest}: nothing was signed`,
    );
  }
  const children = hasChildren ? listIndexChildren(reference.tag, manifest) : [];
  const what = isIndex(manifest.mediaType) ? 'index' : 'image';
  printLine(stdout, `Signing and pushing trust metadata for ${what} ${name} ${manifest.digest}`);
  const targets = [{ tag: reference.tag as string, digest: manifest.digest, size: manifest.bytes.length }, ...children];
  await signTargets(reference, () => targets, context);
  if (context.toRequest) return;
  for (const { tag } of targets) printLine(stdout, `Successfully signed ${fullName(reference)}:${tag}`);
}
