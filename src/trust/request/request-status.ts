import { TrustSandboxError } from '../../core/index.ts';
import { type Envelope, isSignatureValid, type Role, type RoleName } from '../../tuf/index.ts';
import { requiredRoles } from './make-request.ts';
import type { RequestDraft } from './request-draft.ts';
import { RequestInvalidError, type SigningRequest } from './signing-request.ts';

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

/** Signatures are missing yet. */
export class RequestIncompleteError extends TrustSandboxError {
  readonly code = 'REQUEST_INCOMPLETE';
  constructor({ role, threshold, signed, missing }: RoleStatus) {
    super(
      `${role} has ${signed.length} of the ${threshold} signatures it needs; it can be signed by ${missing.join(', ')}`,
    );
  }
}

/** Who has signed each file, and who could. @throws {RequestInvalidError} a signature that is wrong, or does not count */
export function statusOfRequest({ files }: SigningRequest, { draft, isFirst }: RequestDraft): readonly RoleStatus[] {
  return [...files].flatMap(([name, envelope]) => {
    const roles = requiredRoles(draft, name, isFirst);
    verifySignatures(name, envelope, roles);
    const version = Number(envelope.signed.version);
    return roles.map((role, i) => statusOf(role, envelope, { version, isByPrevious: roles.length > 1 && i === 0 }));
  });
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

function verifySignatures(name: RoleName, { canonical, signatures }: Envelope, roles: readonly Role[]): void {
  for (const { keyid, method, sig } of signatures) {
    const key = roles.map(({ keys }) => keys.get(keyid)).find((found) => found !== undefined);
    if (!key) throw new RequestInvalidError(`${name} is signed by ${keyid}, which may not sign it`);
    if (key.keyid !== keyid || !isSignatureValid(key, method, canonical, sig)) {
      throw new RequestInvalidError(`the signature of ${name} by ${keyid} is not valid: the request was changed`);
    }
  }
}
