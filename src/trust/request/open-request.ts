import { RemoteRejectedError } from '../../notary/client/index.ts';
import { acceptRoot, type Envelope, ROOT, type RoleName, SNAPSHOT } from '../../tuf/index.ts';
import type { PublishContext } from '../publish.ts';
import { signSnapshot } from '../sign.ts';
import { type Difference, listDifferences } from './difference.ts';
import { requiredRoles, signHere } from './make-request.ts';
import { draftOfRequest, type RequestDraft } from './request-draft.ts';
import { RequestIncompleteError, type RoleStatus, statusOfRequest } from './request-status.ts';
import type { SigningRequest } from './signing-request.ts';

/** A request held against what is published now. */
export interface OpenRequest {
  readonly request: SigningRequest;
  readonly status: readonly RoleStatus[];
  /** What publishing it would change, for those who are asked to sign. */
  readonly differences: readonly Difference[];
  readonly isComplete: boolean;
}

/**
 * Verifies a request: it continues what is published now, or begins what nobody has published, and each signature in it is
 * one of a key that may sign.
 * @throws {RequestOvertakenError | RequestInvalidError} and as `updateCollection`
 */
export async function openRequest(context: PublishContext, request: SigningRequest): Promise<OpenRequest> {
  return describe(request, await draftOfRequest(context, request));
}

/**
 * Signs with every key that is here and counts. What is signed is the whole of it: look at `differences` first.
 * @throws as `openRequest`, and whatever opening a key throws
 */
export async function signRequest(context: PublishContext, request: SigningRequest): Promise<OpenRequest> {
  const found = await draftOfRequest(context, request);
  describe(request, found);
  const files = new Map<RoleName, Envelope>();
  for (const [role, { signed, signatures }] of request.files) {
    const roles = requiredRoles(found.draft, role, found.isFirst);
    files.set(role, await signHere(signed, roles, context.keys, signatures));
  }
  return describe({ ...request, files }, found);
}

/**
 * Publishes a request that has all its signatures; the snapshot is signed here when its key is here, else by the server.
 * @throws {RequestIncompleteError} and as `openRequest` and the server
 * @throws {TufError} a first root that nobody would trust, or another than is pinned here
 */
export async function publishRequest(context: PublishContext, request: SigningRequest): Promise<OpenRequest> {
  const { gun, keys, server, clock } = context;
  const found = await draftOfRequest(context, request);
  const opened = describe(request, found);
  const incomplete = opened.status.find(({ signed, threshold }) => signed.length < threshold);
  if (incomplete) throw new RequestIncompleteError(incomplete);
  const { draft, isFirst } = found;
  if (isFirst) verifyFirstRoot(context, request);
  const files = new Map<RoleName, Buffer>([...request.files].map(([role, { bytes }]) => [role, bytes]));
  const snapshot = await signSnapshot(draft, files, { keys, now: clock.now(), isFirst });
  if (snapshot) files.set(SNAPSHOT, snapshot);
  try {
    await server.publish(gun, files);
  } catch (thrown) {
    if (!(thrown instanceof RemoteRejectedError && thrown.wireCode === 'VERSION')) throw thrown;
    await draftOfRequest(context, request); // says by whose version
    throw thrown;
  }
  return opened;
}

function verifyFirstRoot({ gun, now, pin }: PublishContext, { files }: SigningRequest): void {
  const root = files.get(ROOT);
  if (root) acceptRoot(root, { gun, now, ...(pin.kind !== 'first-use' && { pin }) }); // agreed to, so no first use
}

function describe(request: SigningRequest, found: RequestDraft): OpenRequest {
  const status = statusOfRequest(request, found);
  const isComplete = status.every(({ signed, threshold }) => signed.length >= threshold);
  return { request, status, differences: listDifferences(request, found), isComplete };
}
