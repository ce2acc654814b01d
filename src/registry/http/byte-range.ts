import { RegistryError } from '../errors.ts';

/** A part of `size` bytes, both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const BYTES = /^bytes=\s*(\d*)-(\d*)\s*$/;

/**
 * Reads `Range` against an object of `size` bytes (RFC 9110 §14.2). `undefined`: answer with the whole: no header,
 * another unit, or several ranges, which a server may decline so.
 * @throws {RegistryError} RANGE_INVALID, 416: not a range of bytes, or none of these bytes are there
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  if (header === undefined || !header.startsWith('bytes=') || header.includes(',')) return undefined;
  const [, first = '', last = ''] = BYTES.exec(header) ?? [];
  const range = first === '' ? suffix(last, size) : { start: Number(first), end: Math.min(endOf(last), size - 1) };
  if (!range || range.start > range.end)
    throw new RegistryError('RANGE_INVALID', { range: header.slice(0, 100), size });
  return range;
}

function suffix(length: string, size: number): ByteRange | undefined {
  return length === '' ? undefined : { start: Math.max(0, size - Number(length)), end: size - 1 };
}

function endOf(last: string): number {
  return last === '' ? Number.POSITIVE_INFINITY : Number(last);
}

const CONTENT_RANGE = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/;

/**
 * Reads the `Content-Range` of a chunk being uploaded: `<start>-<end>`, end included (distribution-spec v1.1,
 * "Pushing a blob in chunks"). `length` is the request's Content-Length, when it has one.
 * @throws {RegistryError} RANGE_INVALID, 416: malformed; SIZE_INVALID: it and the length disagree
 */
export function parseContentRange(header: string | undefined, length: string | undefined): ByteRange | undefined {
  if (header === undefined) return undefined;
  const [, first, last] = CONTENT_RANGE.exec(header) ?? [];
  const range = { start: Number(first), end: Number(last) };
  // An empty chunk is written 0-0 by some clients and has no form of its own.
  if (!(range.start <= range.end)) throw new RegistryError('RANGE_INVALID', { contentRange: header.slice(0, 100) });
  const isEmpty = length === '0' && range.start === range.end;
  if (length !== undefined && Number(length) !== range.end - range.start + 1 && !isEmpty) {
    throw new RegistryError('SIZE_INVALID', { contentRange: header, contentLength: Number(length) });
  }
  return range;
}
