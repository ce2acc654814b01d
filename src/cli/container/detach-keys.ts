import { ExitError } from '../command.ts';

/** docker's own: Ctrl-P, then Ctrl-Q. */
const DEFAULT_KEYS = 'ctrl-p,ctrl-q';
const CONTROL = /^ctrl-([a-z@[\\\]^_])$/;

/** Bytes of a key sequence, `ctrl-p,ctrl-q` or `a,b`. @throws {ExitError} in docker's words */
export function parseDetachKeys(text = ''): readonly number[] {
  return (text || DEFAULT_KEYS).split(',').map((key) => {
    const [, control] = CONTROL.exec(key) ?? [];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
    if ([...key].length === 1) return key.codePointAt(0) ?? 0;
    throw new ExitError(1, `invalid detach keys (${text}): Unknown character: '${key}'`);
  });
}

/**
 * Looks for a key sequence in what is typed. Keys that may begin it are held back until it is clear that they do not.
 */
export class DetachWatch {
  readonly #keys: readonly number[];
  #matched = 0;

  constructor(keys: readonly number[]) {
    this.#keys = keys;
  }

  /** What is to be sent on, and whether the sequence is complete. */
  read(typed: Uint8Array): { readonly bytes: Uint8Array; readonly isDetached: boolean } {
    const bytes: number[] = [];
    for (const byte of typed) {
      if (byte === this.#keys[this.#matched]) {
        this.#matched += 1;
        if (this.#matched === this.#keys.length) return { bytes: Uint8Array.from(bytes), isDetached: true };
        continue;
      }
      bytes.push(...this.#keys.slice(0, this.#matched));
      this.#matched = byte === this.#keys[0] ? 1 : 0;
      if (this.#matched === 0) bytes.push(byte);
    }
    return { bytes: Uint8Array.from(bytes), isDetached: false };
  }
}
