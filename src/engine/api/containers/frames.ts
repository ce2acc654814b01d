/** Streams of a container's output and their numbers in a frame's header (Engine API v1.51, "Stream format"). */
export type OutputStream = 'stdout' | 'stderr';

const NUMBERS: Readonly<Record<OutputStream, number>> = { stdout: 1, stderr: 2 };
const HEADER_BYTES = 8;

/** A frame: number of the stream, three zeros, length as four bytes, big-endian; then the bytes. */
export function frame(stream: OutputStream, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(NUMBERS[stream], 0);
  header.writeUInt32BE(bytes.byteLength, 4);
  return Buffer.concat([header, bytes]);
}
