import { TrustSandboxError } from '../../core/index.ts';
import { isRoleName, parseGun } from '../../tuf/index.ts';
import { isKeyAlgorithm, KEY_ALGORITHMS, type KeyAlgorithm } from '../keys/key-algorithm.ts';
import type { CreateKeyRequest } from '../keys/remote/signer-messages.ts';
import type { KeyPurpose } from './key-row.ts';

/** The signer has no key of this id. */
export class KeyUnknownError extends TrustSandboxError {
  readonly code = 'NOTARY_KEY_UNKNOWN';
  readonly keyid: string;
  constructor(keyid: string) {
    super(`there is no key ${JSON.stringify(keyid.slice(0, 100))}`);
    this.keyid = keyid;
  }
}

/** A key was asked for that is not made here. */
export class KeyRequestError extends TrustSandboxError {
  readonly code = 'NOTARY_KEY_REQUEST';
}

const MAX_NAME_LENGTH = 255;

/** What is asked for can be made. @throws {KeyRequestError} */
export function parseKeyRequest({
  algorithm,
  gun,
  role,
}: CreateKeyRequest): KeyPurpose & { readonly algorithm: KeyAlgorithm } {
  if (!isKeyAlgorithm(algorithm)) {
    const made = KEY_ALGORITHMS.join(' and ');
    throw new KeyRequestError(`keys of the kind ${JSON.stringify(algorithm.slice(0, 40))} are not made, ${made} are`);
  }
  if (!isName(gun) || !isRoleName(role) || role.length > MAX_NAME_LENGTH)
    throw new KeyRequestError('want the names of a collection and of a role');
  return { algorithm, gun, role };
}

function isName(gun: string): boolean {
  try {
    return parseGun(gun).length <= MAX_NAME_LENGTH;
  } catch {
    return false;
  }
}
