import { TrustSandboxError } from '../core/index.ts';

/** No such private key here. */
export class SigningKeyNotFoundError extends TrustSandboxError {
  readonly code = 'SIGNING_KEY_NOT_FOUND';
  readonly keyid: string;
  constructor(keyid: string) {
    super(`signing key not found: ${keyid}`);
    this.keyid = keyid;
  }
}

/** A key file that holds another key than its name says. */
export class KeyFileMismatchError extends TrustSandboxError {
  readonly code = 'KEY_FILE_MISMATCH';
  constructor(keyid: string, found: string) {
    super(`the file of key ${keyid} holds key ${found}`);
  }
}

/** A private key, or the folder of private keys, that is not its owner's alone: it may be known to others by now. */
export class KeyFileOpenError extends TrustSandboxError {
  readonly code = 'KEY_FILE_OPEN';
  readonly path: string;
  constructor(path: string, mode: '600' | '700') {
    super(`private keys are not used while others have access to ${path}: chmod ${mode} ${path}`);
    this.path = path;
  }
}

/** A key on a token, which does not give it out. */
export class KeyOnTokenError extends TrustSandboxError {
  readonly code = 'KEY_ON_TOKEN';
  constructor(keyid: string) {
    super(`key ${keyid} is on a token, which does not give it out`);
  }
}

/** No token is configured. */
export class TokenMissingError extends TrustSandboxError {
  readonly code = 'TOKEN_MISSING';
  constructor() {
    super('no token is configured: see trustToken in docs/trust-keys.md');
  }
}

const UNAVAILABLE: ReadonlySet<string> = new Set([
  'SIGNING_KEY_NOT_FOUND',
  'PASSPHRASE_INVALID',
  'PASSPHRASE_ATTEMPTS',
  'KEY_FILE_MISMATCH',
  'KEY_FILE_INVALID',
  'PEM_INVALID',
  'DER_INVALID',
  'ENCRYPTION_UNSUPPORTED',
  'PRIVATE_KEY_INVALID',
]);

/** Whether a key could not be opened because it is missing, broken or closed to us; another key may do. */
export function isKeyUnavailable(thrown: unknown): boolean {
  return thrown instanceof TrustSandboxError && UNAVAILABLE.has(thrown.code);
}
