import { TrustSandboxError } from '../core/index.ts';

/** An archive whose headers are made to exhaust whoever reads them. */
export class ArchiveHeaderError extends TrustSandboxError {
  readonly code = 'ENGINE_ARCHIVE_HEADER';
}

const BLOCK_BYTES = 512;
const TYPE_AT = 156;
const SIZE_AT = 124;
const SIZE_BYTES = 12;
/** Types whose body is header too, and is held in memory whole: pax of an entry and of all, GNU's long name and link. */
const EXTENSIONS: ReadonlySet<string> = new Set(['x', 'g', 'L', 'K']);
const MAX_EXTENSION_BYTES = 1024 * 1024;

/**
 * Goes along a tar archive's headers ahead of its reader, and stops extensions larger than anybody writes (POSIX
 * 1003.1-2017, pax, "ustar Interchange Format"). It sees the bytes the reader sees; only headers are looked at.
 */
export class HeaderGuard {
  #header = Buffer.alloc(0);
  /** Bytes of the present body, and its padding, that are still to come. */
  #left = 0;
  #extension: Buffer[] | undefined;
  #nextSize: number | undefined;

  /** @throws {ArchiveHeaderError} */
  check(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength; ) {
      const bytes = chunk.subarray(at);
      at += this.#left > 0 ? this.#body(bytes) : this.#head(bytes);
    }
  }

  #body(bytes: Uint8Array): number {
    const count = Math.min(this.#left, bytes.byteLength);
    this.#extension?.push(Buffer.from(bytes.subarray(0, count)));
    this.#left -= count;
    if (this.#left === 0 && this.#extension) {
      const size = /(?:^|\n)\d+ size=(\d{1,16})\n/.exec(Buffer.concat(this.#extension).toString('latin1'))?.[1];
      if (size !== undefined) this.#nextSize = Number(size);
      this.#extension = undefined;
    }
    return count;
  }

  #head(bytes: Uint8Array): number {
    const count = Math.min(BLOCK_BYTES - this.#header.byteLength, bytes.byteLength);
    this.#header = Buffer.concat([this.#header, bytes.subarray(0, count)]);
    if (this.#header.byteLength < BLOCK_BYTES) return count;
    const type = String.fromCharCode(this.#header[TYPE_AT] ?? 0);
    const isExtension = EXTENSIONS.has(type);
    const size =
      (isExtension ? undefined : this.#nextSize) ?? sizeOf(this.#header.subarray(SIZE_AT, SIZE_AT + SIZE_BYTES));
    this.#header = Buffer.alloc(0);
    if (isExtension && size > MAX_EXTENSION_BYTES) {
      throw new ArchiveHeaderError(
        `archive/tar: header of ${size} bytes is larger than the ${MAX_EXTENSION_BYTES} allowed here`,
      );
    }
    if (isExtension) this.#extension = type === 'x' || type === 'g' ? [] : undefined;
    else this.#nextSize = undefined;
    this.#left = Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    return count;
  }
}

/** Octal digits, or binary where the first bit is set (GNU). What is neither is 0: its reader refuses it. */
function sizeOf(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) !== 0) return field.subarray(4).reduce((sum, byte) => sum * 256 + byte, 0);
  const digits = /^[\s\0]*([0-7]+)/.exec(field.toString('latin1'))?.[1];
  return digits === undefined ? 0 : Number.parseInt(digits, 8);
}
