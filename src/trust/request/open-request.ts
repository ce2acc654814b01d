import { TrustSandboxError } from '../../core/index.ts';
import { RemoteRejectedError } from '../../notary/client/index.ts';
import {
  type Envelope,
  isSignatureValid,
  parseRoot,
  parseTargets,
  ROOT,
  type Role,
  type RoleName,
  SNAPSHOT,
  TIMESTAMP,
} from '../../tuf/index.ts';
import { type Draft, draftOf, replaceTargets } from '../draft.ts';
import type { PublishContext } from '../publish.ts';
import { signSnapshot } from '../sign.ts';
import { updateCollection } from '../update.ts';
import { type Difference, listDifferences } from './difference.ts';
import { requiredRoles, signHere } from './make-request.ts';
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

/** Signatures are missing yet. */
export class RequestIncompleteError extends TrustSandboxError {
  readonly code = 'REQUEST_INCOMPLETE';
  constructor({ role, threshold, signed, missing }: RoleStatus) {
    super(
      `${role} has ${signed.length} of the ${threshold} signatures it needs; it can be signed by ${missing.join(', ')}`,
    );
  }
}

/** How far a file of a request is. Keyids are canonical, one for each different key. */
export interface RoleStatus {
  readonly role: RoleName;
  readonly version: number;
  readonly threshold: number;
  readonly signed: readonly string[];
  readonly missing: readonly string[];
  /** Of a root: the keys that sign it for those who know the root before it. */
  readonly isByPrevious: boolean;
}

/** A request held against what is published now. */
export interface OpenRequest {
  readonly request: SigningRequest;
  readonly status: readonly RoleStatus[];
  /** What publishing it would change, for those who are asked to sign. */
  readonly differences: readonly Difference[];
  readonly isComplete: boolean;
}

/**
 * Verifies a request: it continues what is published now, and each signature in it is one of a key that may sign.
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
  const draft = await draftOfRequest(context, request);
  describe(request, draft);
  const files = new Map<RoleName, Envelope>();
  for (const [role, { signed, signatures }] of request.files) {
    files.set(role, await signHere(signed, requiredRoles(draft, role), context.keys, signatures));
  }
  return describe({ ...request, files }, draft);
}

/**
 * Publishes a request that has all its signatures; the snapshot is signed here when its key is here, else by the server.
 * @throws {RequestIncompleteError} and as `openRequest` and the server
 */
export async function publishRequest(context: PublishContext, request: SigningRequest): Promise<OpenRequest> {
  const { gun, keys, server, clock } = context;
  const draft = await draftOfRequest(context, request);
  const opened = describe(request, draft);
  const incomplete = opened.status.find(({ signed, threshold }) => signed.length < threshold);
  if (incomplete) throw new RequestIncompleteError(incomplete);
  const files = new Map<RoleName, Buffer>([...request.files].map(([role, { bytes }]) => [role, bytes]));
  const snapshot = await signSnapshot(draft, files, { keys, now: clock.now(), isFirst: false });
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

/** What is published now with what the request changes. */
async function draftOfRequest(context: PublishContext, { gun, files, removed }: SigningRequest): Promise<Draft> {
  if (gun !== context.gun) throw new RequestInvalidError(`the request is for ${gun}, and not for ${context.gun}`);
  const draft = draftOf(await updateCollection(context, true));
  const ordered = [...files].sort(([a], [b]) => depth(a) - depth(b)); // a delegation's keys are in its parent
  for (const [role, { signed }] of ordered) {
    if (role === SNAPSHOT || role === TIMESTAMP) throw new RequestInvalidError(`a request has no ${role}`);
    if (role === ROOT) {
      const root = parseRoot(signed);
      verifyNext(role, root.version, draft.root.version);
      draft.newRoot = root;
      continue;
    }
    const targets = parseTargets(role, signed);
    verifyNext(role, targets.version, (draft.targets.get(role) ?? draft.insufficient.get(role))?.version ?? 0);
    replaceTargets(draft, role, targets);
  }
  for (const role of removed) {
    draft.targets.delete(role);
    draft.removed.add(role);
  }
  return draft;
}

const depth = (role: RoleName): number => (role === ROOT ? -1 : role.split('/').length);

function verifyNext(role: RoleName, version: number, published: number): void {
  if (version !== published + 1) throw new RequestOvertakenError(role, version, published);
}

function describe(request: SigningRequest, draft: Draft): OpenRequest {
  const status = [...request.files].flatMap(([name, envelope]) => {
    const roles = requiredRoles(draft, name);
    verifySignatures(name, envelope, roles);
    const version = Number(envelope.signed.version);
    return roles.map((role, i) => statusOf(role, envelope, { version, isByPrevious: roles.length > 1 && i === 0 }));
  });
  const isComplete = status.every(({ signed, threshold }) => signed.length >= threshold);
  return { request, status, differences: listDifferences(request, draft), isComplete };
}

function statusOf(
  role: Role,
  { signatures }: Envelope,
  { version, isByPrevious }: Pick<RoleStatus, 'version' | 'isByPrevious'>,
): RoleStatus {
  const by = new Set(signatures.map(({ keyid }) => role.keys.get(keyid)?.fingerprint));
  const different = new Map([...role.keys.values()].map((key) => [key.fingerprint, key]));
  const [signed, missing]: [string[], string[]] = [[], []];
  for (const [fingerprint, key] of different) (by.has(fingerprint) ? signed : missing).push(key.canonicalKeyid);
  return { role: role.name, version, threshold: role.threshold, signed, missing, isByPrevious };
}

/** @throws {RequestInvalidError} a signature of a key that does not count, or one that is wrong */
function verifySignatures(name: RoleName, { canonical, signatures }: Envelope, roles: readonly Role[]): void {
  for (const { keyid, method, sig } of signatures) {
    const key = roles.map(({ keys }) => keys.get(keyid)).find((found) => found !== undefined);
    if (!key) throw new RequestInvalidError(`${name} is signed by ${keyid}, which may not sign it`);
    if (key.keyid !== keyid || !isSignatureValid(key, method, canonical, sig)) {
      throw new RequestInvalidError(`the signature of ${name} by ${keyid} is not valid: the request was changed`);
    }
  }
}
