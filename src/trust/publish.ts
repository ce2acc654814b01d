import { errorMessage } from '../core/index.ts';
import { RemoteRejectedError } from '../notary/client/index.ts';
import { defaultExpires } from '../tuf/index.ts';
import { applyChange } from './apply-change.ts';
import type { Change } from './change.ts';
import { type Draft, draftOf } from './draft.ts';
import { RepositoryNotFoundError } from './errors.ts';
import { type Initialization, initializeCollection } from './initialize.ts';
import { ANY_KEY, makeRequest } from './request/make-request.ts';
import { RequestInvalidError, type SigningRequest } from './request/signing-request.ts';
import { olderRootKeys } from './rotation.ts';
import { signDraft } from './sign.ts';
import { findUnpublished } from './unpublished.ts';
import { updateCollection } from './update.ts';
import type { UpdateContext } from './update-context.ts';

/** What publishing works with: what reading does, private keys, and how to begin a collection that nobody knows. */
export type PublishContext = UpdateContext &
  Initialization & {
    /** Gets what would be published, as a request for more signatures; nothing is published then. */
    readonly toRequest?: ((request: SigningRequest) => Promise<void>) | undefined;
  };

const MAX_TRIES = 3;

/**
 * Brings the cache up to date, applies changes to what the server has now, signs and sends all of it in one request; a
 * collection that the server does not know is sent as it is here, or begun. `legacyVersions` are those of root whose
 * keys sign a new one too.
 * @returns the draft as it was signed
 * @throws as `updateCollection`, `initializeCollection`, `applyChange`, `signDraft` and the server
 */
export async function publishChanges(
  context: PublishContext,
  changes: readonly Change[],
  legacyVersions = 0,
): Promise<Draft> {
  const { gun, server, clock, keys, log, toRequest } = context;
  const { draft, isFirst } = await startDraft(context);
  const now = clock.now();
  const signing = toRequest ? ANY_KEY : keys;
  for (const change of changes) {
    await applyChange(draft, change, { keys: signing, log, expires: defaultExpires('targets', now) });
  }
  if (toRequest) {
    if (isFirst) throw new RequestInvalidError(`${gun} has nothing published yet: trust request begin begins it`);
    await toRequest(await makeRequest(draft, { gun, keys, now }));
    return draft;
  }
  const older = isFirst ? [] : await olderRootKeys(context, draft.root, legacyVersions);
  await server.publish(gun, await signDraft(draft, { keys, now, isFirst, olderRootKeys: older }));
  return draft;
}

async function startDraft(context: PublishContext): Promise<{ readonly draft: Draft; readonly isFirst: boolean }> {
  const { gun, log, server } = context;
  try {
    return { draft: draftOf(await updateCollection(context, true)), isFirst: false };
  } catch (thrown) {
    if (!(thrown instanceof RepositoryNotFoundError)) {
      log.error(`Could not publish Repository since we could not update: ${errorMessage(thrown)}`);
      throw thrown;
    }
  }
  let draft = await findUnpublished(context);
  if (!draft) {
    log.info(`No TUF data found locally or remotely - initializing repository ${gun} for the first time`);
    await initializeCollection(context);
    draft = await findUnpublished(context);
  }
  if (!draft) throw new RepositoryNotFoundError(server.host, gun);
  return { draft, isFirst: true };
}

/** Once more when somebody else has published in between: then the server refuses our versions. */
export async function untilNotOvertaken<T>(publish: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await publish();
    } catch (thrown) {
      const isOvertaken = thrown instanceof RemoteRejectedError && thrown.wireCode === 'VERSION';
      if (!isOvertaken || tries === MAX_TRIES) throw thrown;
    }
  }
}
