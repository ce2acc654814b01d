import { errorMessage, type ImageReference, parseImageReference, TrustSandboxError } from '../../core/index.ts';
import { listSignedTargets } from '../../trust/index.ts';
import { type Refusal, refusalOf } from '../../tuf/index.ts';
import { explainTrustError } from './explain-error.ts';
import type { FetchManifest } from './remote-manifest.ts';
import { digestOfTarget, findSignedTarget, signedUntil, signerNames } from './signed-image.ts';
import { openRepository, type TrustContext, throwIfInterrupted } from './trust-context.ts';

/** What became of one image: signed, by whom and until when; or refused, and why. */
export type CheckedImage = SignedImage | RefusedImage;

export interface SignedImage {
  readonly status: 'signed';
  readonly tag: string;
  readonly digest: string;
  readonly role: string;
  readonly signers: readonly string[];
  /** RFC 3339: when the first of what the signature hangs on runs out. */
  readonly until: string;
}

export interface RefusedImage {
  readonly status: 'refused';
  readonly code: string;
  readonly reason: string;
  readonly refusal?: Refusal | undefined;
}

/**
 * Finds out whether an image is signed for what its reference says; with `fetch`, whether its registry has that, of the
 * size that was signed. Never throws but when interrupted.
 */
export async function checkImage(image: string, context: TrustContext, fetch?: FetchManifest): Promise<CheckedImage> {
  let reference: ImageReference | undefined;
  try {
    reference = parseImageReference(image);
    return await checkReference(reference, context, fetch);
  } catch (thrown) {
    throwIfInterrupted(context.io, thrown);
    if (!(thrown instanceof TrustSandboxError)) throw thrown;
    const reason = reference ? await explainTrustError(reference, thrown, context) : errorMessage(thrown);
    return { status: 'refused', code: thrown.code, reason, refusal: refusalOf(thrown) };
  }
}

async function checkReference(
  reference: ImageReference,
  context: TrustContext,
  fetch: FetchManifest | undefined,
): Promise<CheckedImage> {
  const repository = await openRepository(context, reference);
  let found: SignedImage | undefined;
  const [target] = await repository.select((collection) => {
    const target = findSignedTarget(collection, reference);
    found = {
      status: 'signed',
      tag: target.name,
      digest: digestOfTarget(target),
      role: target.role,
      signers: signerNames(listSignedTargets(collection, target.name), target),
      until: signedUntil(collection, target).toISOString(),
    };
    return [target];
  }, reference.tag ?? reference.digest);
  if (!found || !target) throw new TypeError('a selection that does not throw has found something');
  if (fetch) {
    const { domain, repository: name } = reference;
    const { bytes } = await fetch({ domain, repository: name, digest: digestOfTarget(target) });
    await repository.verifySize(target, async () => bytes.length);
  }
  return found;
}
