import { TrustSandboxError } from '../../../core/index.ts';

/** Bytes that are no protobuf message. */
export class ProtobufInvalidError extends TrustSandboxError {
  readonly code = 'PROTOBUF_INVALID';
}

/** Wire types (Protocol Buffers Documentation, "Encoding", "Message Structure"). Groups, 3 and 4, are not in proto3. */
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const MAX_VARINT_BYTES = 10;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Fields of a message by number, bytes or small number each; defaults (empty, 0, absent) are left out, as proto3 does. */
export type Fields = Readonly<Record<number, Uint8Array | string | number | undefined>>;

export function encodeFields(fields: Fields): Buffer {
  const parts: Buffer[] = [];
  for (const [number, value] of Object.entries(fields)) {
    if (value === undefined || value === '' || value === 0) continue;
    if (typeof value === 'number') {
      parts.push(varint(Number(number) * 8 + WIRE.varint), varint(value));
      continue;
    }
    const bytes = Buffer.from(value as Uint8Array);
    if (bytes.length > 0) parts.push(varint(Number(number) * 8 + WIRE.bytes), varint(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

/** A message of a message: said even when it is empty, as Go says it. */
export function encodeMessage(number: number, message: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + WIRE.bytes), varint(message.length), message]);
}

/** The fields of a message that was received. Of a field that comes twice the last one counts; unknown ones are kept unread. */
export class FieldReader {
  readonly #bytes = new Map<number, Buffer>();
  readonly #numbers = new Map<number, number>();

  /** @throws {ProtobufInvalidError} */
  constructor(message: Buffer) {
    for (let at = 0; at < message.length; ) {
      const [tag, afterTag] = readVarint(message, at);
      const [number, wire] = [Math.floor(tag / 8), tag % 8];
      if (number === 0) throw new ProtobufInvalidError('field with number 0');
      if (wire === WIRE.bytes) {
        const [length, begin] = readVarint(message, afterTag);
        at = begin + length;
        if (at > message.length) throw new ProtobufInvalidError(`field ${number} is cut off`);
        this.#bytes.set(number, message.subarray(begin, at));
      } else if (wire === WIRE.varint) {
        const [value, end] = readVarint(message, afterTag);
        at = end;
        this.#numbers.set(number, value);
      } else if (wire === WIRE.fixed64 || wire === WIRE.fixed32) {
        at = afterTag + (wire === WIRE.fixed64 ? 8 : 4);
        if (at > message.length) throw new ProtobufInvalidError(`field ${number} is cut off`);
      } else throw new ProtobufInvalidError(`field ${number} has wire type ${wire}`);
    }
  }

  bytes(number: number): Buffer {
    return this.#bytes.get(number) ?? Buffer.alloc(0);
  }

  /** @throws {ProtobufInvalidError} not UTF-8 */
  text(number: number): string {
    try {
      return utf8.decode(this.bytes(number));
    } catch (cause) {
      throw new ProtobufInvalidError(`field ${number} is not UTF-8`, { cause });
    }
  }

  number(number: number): number {
    return this.#numbers.get(number) ?? 0;
  }

  /** @throws {ProtobufInvalidError} */
  message(number: number): FieldReader {
    return new FieldReader(this.bytes(number));
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) return Buffer.from(bytes);
  }
}

/** The number at `at` and where it ends. Above 2^53 it is inexact, which no field that we read can be. */
function readVarint(bytes: Buffer, at: number): [value: number, end: number] {
  let value = 0;
  for (let index = 0; index < MAX_VARINT_BYTES; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) break;
    value += (byte % 128) * 128 ** index;
    if (byte < 128) return [value, at + index + 1];
  }
  throw new ProtobufInvalidError('number without end');
}
