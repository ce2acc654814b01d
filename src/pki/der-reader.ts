import { TrustSandboxError } from '../core/index.ts';

/** Bytes that should be DER of a certain shape and are not. */
export class DerInvalidError extends TrustSandboxError {
  readonly code = 'DER_INVALID';
}

/** One element read: its tag byte, its contents, and all its bytes. */
export interface DerValue {
  readonly tag: number;
  readonly contents: Buffer;
  readonly bytes: Buffer;
}

/** Reads DER elements one after the other (ITU-T X.690 §8.1). Definite lengths of up to four bytes only. */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.byteLength;
  }

  /** Tag of the element that comes next; undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** @throws {DerInvalidError} the element is cut short, or has another tag than `tag` */
  read(tag?: number): DerValue {
    const start = this.#at;
    const found = this.#byte();
    if (tag !== undefined && found !== tag) {
      throw new DerInvalidError(`found DER tag 0x${found.toString(16)}, expected 0x${tag.toString(16)}`);
    }
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.byteLength) throw new DerInvalidError(`DER element of ${length} bytes is cut short`);
    const contents = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return { tag: found, contents, bytes: this.#bytes.subarray(start, end) };
  }

  /** Steps into the SEQUENCE that comes next. @throws {DerInvalidError} */
  sequence(): DerReader {
    return new DerReader(this.read(0x30).contents);
  }

  /** @throws {DerInvalidError} */
  octetString(): Buffer {
    return this.read(0x04).contents;
  }

  /** An object identifier in dotted form. @throws {DerInvalidError} */
  oid(): string {
    const arcs: number[] = [];
    let arc = 0;
    for (const byte of this.read(0x06).contents) {
      arc = arc * 128 + (byte & 0x7f);
      if (byte & 0x80) continue;
      arcs.push(arc);
      arc = 0;
    }
    const [head = 0, ...rest] = arcs;
    const first = Math.min(2, Math.floor(head / 40));
    return [first, head - first * 40, ...rest].join('.');
  }

  /** A number from 0 to 2^47. @throws {DerInvalidError} negative or larger */
  integer(): number {
    const { contents } = this.read(0x02);
    if (contents.byteLength === 0 || contents.byteLength > 6 || (contents[0] ?? 0) & 0x80) {
      throw new DerInvalidError('DER integer is out of range');
    }
    return contents.readUIntBE(0, contents.byteLength);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new DerInvalidError('DER ends early');
    this.#at += 1;
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new DerInvalidError('DER length is indefinite or too long');
    let length = 0;
    for (let i = 0; i < count; i += 1) length = length * 256 + this.#byte();
    return length;
  }
}
