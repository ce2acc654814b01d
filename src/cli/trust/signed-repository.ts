import { errorMessage, fullName, type ImageReference } from '../../core/index.ts';
import {
  type Change,
  describeTrustError,
  firstRootKeyid,
  RepositoryNotFoundError,
  type TrustRepository,
} from '../../trust/index.ts';
import { type PublicKey, TARGETS } from '../../tuf/index.ts';
import { printLine } from '../io.ts';
import type { ImageSource } from './image-source.ts';
import { signerRole } from './signatures.ts';
import { signerChanges } from './signer-changes.ts';
import { type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/**
 * Begins a repository's trust data for `trust sign`, with the logged-in user as its signer, unless there is some.
 * @throws {ContentTrustError | EngineResponseError}
 */
export async function ensureInitialized(
  image: string,
  reference: ImageReference,
  repository: TrustRepository,
  context: TrustContext,
  source: ImageSource,
): Promise<void> {
  const { stdout } = context.io;
  await using _ = await repository.lock();
  try {
    await repository.update();
    return;
  } catch (cause) {
    const isUnknown = cause instanceof RepositoryNotFoundError;
    if (!isUnknown) throw new ContentTrustError(describeTrustError(fullName(reference), cause), { cause });
  }
  await source.inspectImage(image);
  const name = await source.findUsername(reference.domain);
  try {
    await initializeWithSigner(name, repository);
  } catch (cause) {
    throwIfInterrupted(context.io, cause);
    throw new ContentTrustError(describeTrustError(fullName(reference), cause), { cause });
  }
  printLine(stdout, `Created signer: ${name}`);
  printLine(stdout, `Finished initializing signed repository for ${image}`);
}

async function initializeWithSigner(name: string, repository: TrustRepository): Promise<void> {
  await repository.initialize({ keyid: await firstRootKeyid(repository.keys) });
  const role = name === '' ? TARGETS : signerRole(name);
  const key = await signerKey(name === '' ? TARGETS : name, repository);
  let changes: readonly Change[];
  try {
    changes = signerChanges(role, [key]);
  } catch (cause) {
    throw new ContentTrustError(`could not add signer to repo: ${role}: ${errorMessage(cause)}`, { cause });
  }
  await repository.publishChanges(changes);
}

/** The first key that is there under the signer's name, opened; else a new one. */
async function signerKey(name: string, { keys }: TrustRepository): Promise<PublicKey> {
  const [first] = await keys.listRole(name);
  return first ? keys.publicKey(first.keyid) : keys.create({ role: name });
}
