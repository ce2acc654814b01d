import { TrustSandboxError } from '../../core/index.ts';

/** A name that cannot be a signer's or a key's. */
export class KeyNameError extends TrustSandboxError {
  readonly code = 'KEY_NAME_INVALID';
}

const NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** @throws {KeyNameError} `kind` is what the name is of: `key`, `signer` */
export function verifyKeyName(kind: 'key' | 'signer', name: string): void {
  if (NAME.test(name)) return;
  throw new KeyNameError(
    `${kind} name "${name}" must start with lowercase alphanumeric characters and can include "-" or "_" after the first character`,
  );
}

/** What Go says of a system call that failed: `no such file or directory`. */
export function systemErrorText(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return SYSTEM_ERRORS.get(code ?? '') ?? message;
}

const SYSTEM_ERRORS = new Map([
  ['ENOENT', 'no such file or directory'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'is a directory'],
  ['ENOTDIR', 'not a directory'],
]);
