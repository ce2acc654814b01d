import { TrustSandboxError } from '../../core/index.ts';
import { parseRoot, parseTargets, ROOT, type RoleName, SNAPSHOT, TIMESTAMP } from '../../tuf/index.ts';
import { type Draft, draftOf, replaceTargets } from '../draft.ts';
import { RepositoryNotFoundError } from '../errors.ts';
import type { PublishContext } from '../publish.ts';
import { updateCollection } from '../update.ts';
import { RequestInvalidError, type SigningRequest } from './signing-request.ts';

/** What a request would replace is no more what is published: somebody else was faster. */
export class RequestOvertakenError extends TrustSandboxError {
  readonly code = 'REQUEST_OVERTAKEN';
  constructor(role: string, wanted: number, published: number) {
    super(
      `${role} is published in version ${published} now, and this request was made to publish version ${wanted}: somebody else published in between. Make the request anew and have it signed again`,
    );
  }
}

/** What is published now with what a request changes. `isFirst`: nothing is published, and the request begins it. */
export interface RequestDraft {
  readonly draft: Draft;
  readonly isFirst: boolean;
}

/**
 * Holds a request to what is published, past its dates too: the request may be there to renew it.
 * @throws {RequestOvertakenError | RequestInvalidError} and as `updateCollection`
 */
export async function draftOfRequest(context: PublishContext, request: SigningRequest): Promise<RequestDraft> {
  const { gun, files, removed } = request;
  if (gun !== context.gun) throw new RequestInvalidError(`the request is for ${gun}, and not for ${context.gun}`);
  const published = await findPublished(context);
  const draft = published ?? firstDraft(request);
  const ordered = [...files].sort(([a], [b]) => depth(a) - depth(b)); // a delegation's keys are in its parent
  for (const [role, { signed }] of ordered) {
    if (role === SNAPSHOT || role === TIMESTAMP) throw new RequestInvalidError(`a request has no ${role}`);
    if (role === ROOT) {
      if (!published) continue;
      const root = parseRoot(signed);
      verifyNext(role, root.version, draft.root.version);
      draft.newRoot = root;
      continue;
    }
    const targets = parseTargets(role, signed);
    if (published) {
      verifyNext(role, targets.version, (draft.targets.get(role) ?? draft.insufficient.get(role))?.version ?? 0);
    }
    replaceTargets(draft, role, targets);
  }
  for (const role of removed) {
    draft.targets.delete(role);
    draft.removed.add(role);
  }
  return { draft, isFirst: !published };
}

async function findPublished(context: PublishContext): Promise<Draft | undefined> {
  try {
    return draftOf(await updateCollection({ ...context, allowExpired: true }, true));
  } catch (thrown) {
    if (thrown instanceof RepositoryNotFoundError) return undefined;
    throw thrown;
  }
}

/** @throws {RequestInvalidError} the request needs what it would change */
function firstDraft({ gun, files }: SigningRequest): Draft {
  const envelope = files.get(ROOT);
  const root = envelope && parseRoot(envelope.signed);
  if (!envelope || root?.version !== 1) {
    throw new RequestInvalidError(`nothing is published of ${gun}, and this request is not one that begins it`);
  }
  return draftOf({ root: { ...root, envelope }, targets: new Map(), snapshot: undefined });
}

const depth = (role: RoleName): number => (role === ROOT ? -1 : role.split('/').length);

function verifyNext(role: RoleName, version: number, published: number): void {
  if (version !== published + 1) throw new RequestOvertakenError(role, version, published);
}
