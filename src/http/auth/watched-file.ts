import { readFileSync, statSync } from 'node:fs';
import { errorMessage, TrustSandboxError } from '../../core/index.ts';

/** A file that credentials are judged by and that cannot be read or does not hold what it should. */
export class CredentialFileError extends TrustSandboxError {
  readonly code = 'CREDENTIAL_FILE';
  readonly path: string;
  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`${path}: ${why}`, options);
    this.path = path;
  }
}

/** Largest file of users, keys or certificates that is read, in bytes. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * What a small file says, read anew when the file was changed or replaced, so that a user who was removed is out at the next
 * request. A change that cannot be read leaves what was there before; `reload` says so.
 */
export class WatchedFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  #version: string;
  #value: T;

  /** @throws {CredentialFileError} not there, too large, or `parse` threw */
  constructor(path: string, parse: (text: string) => T) {
    this.#path = path;
    this.#parse = parse;
    this.#version = this.#stat();
    this.#value = this.#read();
  }

  /** Costs one `stat`, which the kernel answers from memory. */
  get value(): T {
    try {
      this.reload();
    } catch {
      // half written, perhaps: what it said before holds until it can be read again
    }
    return this.#value;
  }

  /** @throws {CredentialFileError} */
  reload(): void {
    const version = this.#stat();
    if (version === this.#version) return;
    this.#value = this.#read();
    this.#version = version;
  }

  #stat(): string {
    try {
      const { ino, mtimeMs, ctimeMs, size } = statSync(this.#path);
      if (size > MAX_FILE_BYTES) throw new CredentialFileError(this.#path, `is larger than ${MAX_FILE_BYTES} bytes`);
      return `${ino}-${mtimeMs}-${ctimeMs}-${size}`;
    } catch (cause) {
      if (cause instanceof CredentialFileError) throw cause;
      throw new CredentialFileError(this.#path, errorMessage(cause), { cause });
    }
  }

  #read(): T {
    try {
      return this.#parse(readFileSync(this.#path, 'utf8'));
    } catch (cause) {
      throw new CredentialFileError(this.#path, errorMessage(cause), { cause });
    }
  }
}
