import { TrustSandboxError } from '../core/index.ts';

/** An archive whose headers are made to exhaust whoever reads them. */
export class ArchiveHeaderError extends TrustSandboxError {
  readonly code = 'ENGINE_ARCHIVE_HEADER';
}

/** Bytes that are no tar archive. */
export class TarSyntaxError extends TrustSandboxError {
  readonly code = 'ENGINE_TAR_SYNTAX';
}

const BLOCK_BYTES = 512;
const SIZE_FIELD = [124, 136] as const;
const CHECKSUM_FIELD = [148, 156] as const;
const TYPE_AT = 156;
/** Types whose body is header too, and is held in memory whole: pax of an entry and of all, GNU's long name and link. */
const EXTENSIONS: ReadonlySet<string> = new Set(['x', 'g', 'L', 'K']);
/** Links, devices, folders and pipes have no body, whatever their size says. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['1', '2', '3', '4', '5', '6']);
const MAX_EXTENSION_BYTES = 1024 * 1024;

/**
 * Goes along the headers of a tar archive (POSIX 1003.1-2017, pax, "ustar Interchange Format"; GNU's sizes and long names):
 * adds the entries' sizes up, and stops what is no archive, and extensions larger than anybody writes. Bodies are passed over.
 */
export class TarHeaders {
  /** Sum of the sizes of all entries so far. */
  size = 0;
  readonly #header = Buffer.alloc(BLOCK_BYTES);
  #held = 0;
  /** Bytes of the present body, and its padding, that are still to come. */
  #left = 0;
  #extension: { readonly isPax: boolean; readonly length: number; chunks: Buffer[] } | undefined;
  #nextSize: number | undefined;

  /** @throws {TarSyntaxError | ArchiveHeaderError} */
  read(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength; ) {
      if (this.#left > 0) at += this.#body(chunk, at);
      else at += this.#head(chunk, at);
    }
  }

  /** Takes the rest of a body for read, and says how long it is: 0 where what comes next has to be looked at. */
  skip(): number {
    if (this.#extension) return 0;
    const skipped = this.#left;
    this.#left = 0;
    return skipped;
  }

  /** @throws {TarSyntaxError} the archive ends in the middle of an entry */
  end(): void {
    if (this.#held > 0 || this.#left > 0 || this.#extension) throw new TarSyntaxError('Unexpected end of data');
  }

  #body(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#left, chunk.byteLength - at);
    this.#left -= count;
    if (!this.#extension) return count;
    this.#extension.chunks.push(Buffer.from(chunk.subarray(at, at + count)));
    if (this.#left > 0) return count;
    const { isPax, length, chunks } = this.#extension;
    if (isPax) this.#nextSize = paxSize(Buffer.concat(chunks).subarray(0, length)) ?? this.#nextSize;
    this.#extension = undefined;
    return count;
  }

  #head(chunk: Uint8Array, at: number): number {
    const count = Math.min(BLOCK_BYTES - this.#held, chunk.byteLength - at);
    this.#header.set(chunk.subarray(at, at + count), this.#held);
    this.#held += count;
    if (this.#held === BLOCK_BYTES) {
      this.#held = 0;
      this.#entry(this.#header);
    }
    return count;
  }

  #entry(header: Buffer): void {
    if (isZero(header)) return; // two of them are the end, one is forgiven
    verifyChecksum(header);
    const type = String.fromCharCode(header[TYPE_AT] ?? 0);
    const own = sizeOf(header.subarray(...SIZE_FIELD));
    if (EXTENSIONS.has(type)) {
      if (own > MAX_EXTENSION_BYTES) {
        throw new ArchiveHeaderError(
          `archive/tar: header of ${own} bytes is larger than the ${MAX_EXTENSION_BYTES} allowed here`,
        );
      }
      this.#left = padded(own);
      if (own > 0) this.#extension = { isPax: type === 'x', length: own, chunks: [] };
      return;
    }
    const size = this.#nextSize ?? own;
    this.#nextSize = undefined;
    this.size += size;
    this.#left = WITHOUT_BODY.has(type) ? 0 : padded(size);
  }
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

function isZero(header: Buffer): boolean {
  return header[0] === 0 && header.every((byte) => byte === 0);
}

/** Sum of all bytes, its own field taken as spaces; some writers of old counted signed bytes. */
function verifyChecksum(header: Buffer): void {
  const [from, to] = CHECKSUM_FIELD;
  let [unsigned, signed] = [0, 0];
  for (let i = 0; i < BLOCK_BYTES; i += 1) {
    const byte = i >= from && i < to ? 0x20 : (header[i] ?? 0);
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  const wanted = octal(header.subarray(from, to));
  if (wanted === unsigned || wanted === signed) return;
  throw new TarSyntaxError('Invalid tar header. Maybe the tar is corrupted or it needs to be gunzipped?');
}

/** Octal digits, or binary where the first bit is set (GNU). @throws {TarSyntaxError} */
function sizeOf(field: Buffer): number {
  const isBinary = ((field[0] ?? 0) & 0x80) !== 0;
  const size = isBinary ? field.subarray(4).reduce((sum, byte) => sum * 256 + byte, 0) : (octal(field) ?? 0);
  if (!Number.isSafeInteger(size)) throw new TarSyntaxError('Invalid tar header: size is out of range');
  return size;
}

function octal(field: Buffer): number | undefined {
  const digits = /^[\s\0]*([0-7]+)/.exec(field.toString('latin1'))?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 8);
}

/** The size that pax records give, `<length> size=<digits>\n`; undefined where there is none. */
function paxSize(records: Buffer): number | undefined {
  let size: number | undefined;
  for (let at = 0; at < records.byteLength; ) {
    const space = records.indexOf(0x20, at);
    const length = Number(records.toString('latin1', at, space));
    if (space < 0 || !Number.isSafeInteger(length) || length < space - at + 2) {
      throw new TarSyntaxError('Invalid pax header');
    }
    const record = records.toString('latin1', space + 1, at + length);
    const [, digits] = /^size=(\d{1,16})\n$/.exec(record) ?? [];
    if (digits !== undefined) size = Number(digits);
    at += length;
  }
  return size;
}
