import type { FileHandle } from 'node:fs/promises';

/** Large chunks cost fewer steps; while many files are sent at once small ones are used, for the sake of memory. */
const LARGE_CHUNK_BYTES = 1024 * 1024;
const SMALL_CHUNK_BYTES = 128 * 1024;
const MAX_LARGE_SENDS = 8;

let largeSends = 0;
/** Large chunks of sends that have ended, for the next. */
const spare: Buffer[] = [];

/**
 * Gives `take` the bytes of a file from `offset` on, at most `length`: one chunk is read while the one before is taken. The
 * two chunks are the same memory again and again; fresh memory would have to be fetched and cleared for each.
 * @throws what reading or `take` throws
 */
export async function sendFile(
  handle: FileHandle,
  offset: number,
  length: number,
  take: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  if (length <= SMALL_CHUNK_BYTES || largeSends >= MAX_LARGE_SENDS) {
    const size = Math.min(length, SMALL_CHUNK_BYTES);
    const second = length > size ? Buffer.allocUnsafe(size) : Buffer.alloc(0);
    return alternate(handle, offset, length, take, [Buffer.allocUnsafe(size), second]);
  }
  largeSends += 1;
  try {
    const buffers = [borrow(), borrow()] as const;
    await alternate(handle, offset, length, take, buffers);
    spare.push(...buffers); // not after a throw: somebody may hold them still
  } finally {
    largeSends -= 1;
  }
}

function borrow(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(LARGE_CHUNK_BYTES);
}

async function alternate(
  handle: FileHandle,
  offset: number,
  length: number,
  take: (chunk: Buffer) => Promise<void>,
  buffers: readonly [Buffer, Buffer],
): Promise<void> {
  let taking: Promise<void> | undefined;
  try {
    for (let [position, left, turn] = [offset, length, 0]; left > 0; turn += 1) {
      const buffer = buffers[turn % 2 ? 1 : 0];
      const { bytesRead } = await handle.read(buffer, 0, Math.min(left, buffer.byteLength), position);
      await taking;
      taking = undefined;
      if (bytesRead === 0) break;
      position += bytesRead;
      left -= bytesRead;
      taking = take(buffer.subarray(0, bytesRead));
      taking.catch(() => undefined); // it is awaited, in a while
    }
    await taking;
  } catch (error) {
    await taking?.catch(() => undefined);
    throw error;
  }
}
