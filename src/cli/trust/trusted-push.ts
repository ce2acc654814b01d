import { digestAlgorithm, digestHex, errorMessage, fullName, type ImageReference, isDigest } from '../../core/index.ts';
import {
  describeTrustError,
  firstRootKeyid,
  listSignableRoles,
  RepositoryNotFoundError,
  type TrustCollection,
  type TrustRepository,
} from '../../trust/index.ts';
import { type FileMeta, TARGETS } from '../../tuf/index.ts';
import { printLine } from '../io.ts';
import { type StreamMessage, showProgress } from '../progress.ts';
import { type PushedImage, PushedImages } from './pushed-images.ts';
import { openRepository, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** A push under way: what is pushed, and the Engine's stream about it. */
export interface TrustedPush {
  readonly reference: ImageReference;
  readonly messages: AsyncIterable<StreamMessage>;
}

/**
 * Shows how a push goes and then signs its tag for what was pushed. A push of all tags is shown and not signed, as with
 * docker. The image has been pushed when signing fails.
 * @throws {ContentTrustError} a digest is being pushed, or signing failed
 * @throws {StreamError} the push failed
 */
export async function trustedPush({ reference, messages }: TrustedPush, context: TrustContext): Promise<void> {
  const { stdout, stderr } = context.io;
  if (reference.digest !== undefined) throw new ContentTrustError('cannot push a digest reference');
  const pushed = new PushedImages();
  await showProgress(pushed.watch(messages), stdout, (aux) => pushed.note(aux));
  if (reference.tag === undefined) {
    printLine(stderr, 'No tag specified, skipping trust metadata push');
    return;
  }
  if (pushed.count > 1) throw new ContentTrustError('internal error: only one call to handleTarget expected');
  printLine(stdout, 'Signing and pushing trust metadata');
  await signTag(reference, pushed.find(reference.tag), context);
  if (context.toRequest) return;
  printLine(stdout, `Successfully signed ${fullName(reference)}:${reference.tag}`);
}

async function signTag(
  reference: ImageReference,
  pushed: PushedImage | undefined,
  context: TrustContext,
): Promise<void> {
  const name = fullName(reference);
  const repository = await openRepository(context, reference).catch((cause: Error) => {
    throw new ContentTrustError(`error establishing connection to trust repository: ${cause.message}`, { cause });
  });
  await using _ = await repository.lock();
  const known = await findCollection(repository, name);
  if (!known) await initialize(repository, name, context);
  try {
    const { tag, file } = targetOf(pushed);
    const roles = known ? await listSignableRoles(await repository.again(known), tag, repository.keys) : [TARGETS];
    await repository.addTarget(tag, file, roles);
    await repository.publish();
  } catch (cause) {
    throwIfInterrupted(context.io, cause);
    throw new ContentTrustError(`failed to sign ${name}:${reference.tag}: ${errorMessage(cause)}`, { cause });
  }
}

async function findCollection(repository: TrustRepository, name: string): Promise<TrustCollection | undefined> {
  try {
    return await repository.update();
  } catch (cause) {
    if (cause instanceof RepositoryNotFoundError) return undefined;
    throw new ContentTrustError(describeTrustError(name, cause), { cause });
  }
}

/** The root key is made before anything else; when that fails its message is printed as it is. */
async function initialize(repository: TrustRepository, name: string, { io }: TrustContext): Promise<void> {
  const rootKeyid = await firstRootKeyid(repository.keys);
  try {
    await repository.initialize({ keyid: rootKeyid });
  } catch (cause) {
    throwIfInterrupted(io, cause);
    throw new ContentTrustError(describeTrustError(name, cause), { cause });
  }
  printLine(io.stdout, `Finished initializing ${JSON.stringify(name)}`);
}

/** @throws {ContentTrustError} the Engine did not say what it pushed */
function targetOf(pushed: PushedImage | undefined): { readonly tag: string; readonly file: FileMeta } {
  if (!pushed) {
    throw new ContentTrustError('the Engine did not say which digest it pushed');
  }
  if (!isDigest(pushed.digest)) throw new ContentTrustError(`the Engine pushed an unknown digest ${pushed.digest}`);
  const hashes = new Map([[digestAlgorithm(pushed.digest) as string, Buffer.from(digestHex(pushed.digest), 'hex')]]);
  return { tag: pushed.tag, file: { length: pushed.size, hashes, extra: {} } };
}
