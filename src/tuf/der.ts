/** One ASN.1 value in DER: its tag byte, its content, and all of its bytes. */
export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
  readonly bytes: Buffer;
}

/** The values that stand one after another in `bytes`; `undefined` where they are cut off or oddly encoded. */
export function readDer(bytes: Buffer): DerValue[] | undefined {
  const values: DerValue[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = readLength(bytes, at + 1);
    if (!length || length.end + length.value > bytes.length) return undefined;
    const end = length.end + length.value;
    values.push({
      tag: bytes[at] ?? 0,
      content: bytes.subarray(length.end, end),
      bytes: bytes.subarray(at, end),
    });
    at = end;
  }
  return values;
}

/** DER object identifier in dotted form. */
export function readOid(content: Buffer): string {
  const parts: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      parts.push(value);
      value = 0;
    }
  }
  const [first = 0, ...rest] = parts;
  const top = Math.min(Math.floor(first / 40), 2);
  return [top, first - top * 40, ...rest].join('.');
}

function readLength(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 0x80) return { value: first, end: at + 1 };
  const count = first & 0x7f;
  if (count < 1 || count > 4 || at + 1 + count > bytes.length) return undefined;
  return { value: bytes.readUIntBE(at + 1, count), end: at + 1 + count };
}
