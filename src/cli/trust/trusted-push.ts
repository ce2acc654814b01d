import { digestAlgorithm, digestHex, errorMessage, fullName, type ImageReference, isDigest } from '../../core/index.ts';
import {
  type Change,
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
import { findPushedDigest, type PushWitnesses } from './pushed-digest.ts';
import { type PushedImage, PushedImages } from './pushed-images.ts';
import { openRepository, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** A push under way: what is pushed, and the Engine's stream about it. */
export interface TrustedPush {
  readonly reference: ImageReference;
  readonly messages: AsyncIterable<StreamMessage>;
  /** Asked where the stream has no record of what was pushed; what it shows to people counts when absent. */
  readonly witnesses?: PushWitnesses;
}

/**
 * Shows how a push goes and then signs its tag for what was pushed. A push of all tags is shown and not signed, as with
 * docker. The image has been pushed when signing fails.
 * @throws {ContentTrustError} a digest is being pushed, or signing failed
 * @throws {StreamError} the push failed
 */
export async function trustedPush(
  { reference, messages, witnesses }: TrustedPush,
  context: TrustContext,
): Promise<void> {
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
  const { tag } = reference;
  const found = pushed.find(tag);
  const isTold = pushed.count > 0 || !witnesses;
  const image = isTold ? found : await findPushedDigest({ ...reference, tag }, found, witnesses);
  await signTargets(reference, () => [verifyPushed(image)], context);
  if (context.toRequest) return;
  printLine(stdout, `Successfully signed ${fullName(reference)}:${reference.tag}`);
}

/**
 * Signs tags of a repository for digests, in every role that its keys here may sign in; begins the repository's trust data
 * if there is none. `list` is called once there is.
 * @throws {ContentTrustError}
 */
export async function signTargets(
  reference: ImageReference,
  list: () => readonly PushedImage[],
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
    const changes: Change[] = [];
    for (const image of list()) {
      const { tag: name } = image;
      const file = fileOf(image);
      const roles = known ? await listSignableRoles(await repository.again(known), name, repository.keys) : [TARGETS];
      changes.push(...roles.map((role): Change => ({ kind: 'add-target', role, name, file })));
    }
    await repository.publish(changes);
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
function verifyPushed(pushed: PushedImage | undefined): PushedImage {
  if (!pushed) throw new ContentTrustError('the Engine did not say which digest it pushed');
  return pushed;
}

function fileOf({ digest, size }: PushedImage): FileMeta {
  if (!isDigest(digest)) throw new ContentTrustError(`the Engine pushed an unknown digest ${digest}`);
  const hashes = new Map([[digestAlgorithm(digest) as string, Buffer.from(digestHex(digest), 'hex')]]);
  return { length: size, hashes, extra: {} };
}
