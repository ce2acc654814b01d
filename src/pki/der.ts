/** Writes DER, as much of it as certificates and key files need (ITU-T X.690 §8, §10). */

const TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,

  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

/** One element: tag byte, length, contents. */
export function derElement(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), derLength(body.byteLength), body]);
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.byteLength]), bytes]);
}

export const derSequence = (...items: readonly Uint8Array[]): Buffer => derElement(TAGS.sequence, ...items);
export const derSet = (...items: readonly Uint8Array[]): Buffer => derElement(TAGS.set, ...items);
export const derOctetString = (bytes: Uint8Array): Buffer => derElement(TAGS.octetString, bytes);
export const derNull = (): Buffer => derElement(TAGS.null);
export const derTrue = (): Buffer => derElement(TAGS.boolean, Buffer.from([0xff]));

/** `[n]` around a whole element. */
export const derExplicit = (n: number, ...items: readonly Uint8Array[]): Buffer => derElement(0xa0 | n, ...items);

/** `[n]` in place of a primitive's own tag. */
export const derImplicit = (n: number, contents: Uint8Array): Buffer => derElement(0x80 | n, contents);

/** A BIT STRING; the last `unusedBits` bits of `bytes` do not count. */
export function derBitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return derElement(TAGS.bitString, Buffer.from([unusedBits]), bytes);
}

/** A number from 0 up, given as such or as big-endian bytes. */
export function derInteger(value: number | Uint8Array): Buffer {
  let bytes = typeof value === 'number' ? derNumber(value) : Buffer.from(value);
  let zeros = 0;
  while (zeros < bytes.byteLength - 1 && bytes[zeros] === 0) zeros += 1;
  bytes = bytes.subarray(zeros);
  const isHigh = ((bytes[0] ?? 0) & 0x80) !== 0; // would read as negative
  return derElement(TAGS.integer, isHigh ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function derNumber(value: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
}

/** An object identifier in dotted form. */
export function derOid(dotted: string): Buffer {
  return derElement(TAGS.oid, oidContents(dotted));
}

function oidContents(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return Buffer.from([first * 40 + second, ...rest.flatMap(base128)]);
}

function base128(arc: number): number[] {
  const digits = [arc % 128];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift(0x80 | (left % 128));
  return digits;
}

/** Text as PrintableString where its alphabet allows, else UTF8String: the choice Go's encoder makes. */
export function derText(text: string): Buffer {
  return derElement(PRINTABLE.test(text) ? TAGS.printableString : TAGS.utf8String, Buffer.from(text, 'utf8'));
}

/** Whole seconds, UTC: UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5). */
export function derTime(time: Date): Buffer {
  const digits = time
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  const isShort = time.getUTCFullYear() >= 1950 && time.getUTCFullYear() < 2050;
  return isShort
    ? derElement(TAGS.utcTime, Buffer.from(digits.slice(2), 'ascii'))
    : derElement(TAGS.generalizedTime, Buffer.from(digits, 'ascii'));
}
