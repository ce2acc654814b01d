import type { KeyObject } from 'node:crypto';
import { TrustSandboxError } from '../core/index.ts';
import { decryptPrivateKey, type PrivateKeyFile } from '../pki/index.ts';
import {
  MAX_PASSPHRASE_ATTEMPTS,
  PassphraseAttemptsError,
  type PassphraseRequest,
  type PassphraseSource,
} from './passphrase.ts';

/** No passphrase given opens the key. */
export class PassphraseInvalidError extends TrustSandboxError {
  readonly code = 'PASSPHRASE_INVALID';
  /** Undefined of a key that is not in the store. */
  readonly keyid: string | undefined;
  constructor(keyid: string | undefined) {
    super('password invalid, operation has failed.');
    this.keyid = keyid;
  }
}

/**
 * Opens an encrypted key, asking for its passphrase until one fits or the source gives up.
 * @throws {PassphraseInvalidError | PassphraseAttemptsError} and what a broken file throws
 */
export async function decryptAsked(
  file: PrivateKeyFile,
  passphrases: PassphraseSource,
  { keyid, role }: Pick<PassphraseRequest, 'keyid' | 'role'>,
): Promise<KeyObject> {
  for (let attempt = 0; attempt < MAX_PASSPHRASE_ATTEMPTS; attempt += 1) {
    const answer = await passphrases.ask({ keyid, role, isNew: false, attempt });
    if (answer.kind !== 'passphrase') throw new PassphraseInvalidError(keyid);
    try {
      return decryptPrivateKey(file, answer.passphrase);
    } catch (thrown) {
      if (!(thrown instanceof TrustSandboxError && thrown.code === 'PASSPHRASE_INCORRECT')) throw thrown;
    }
  }
  throw new PassphraseAttemptsError();
}
