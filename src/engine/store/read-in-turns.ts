import type { FileHandle } from 'node:fs/promises';

/**
 * Reads a file from its start: the next chunk is read while the one before is used. The chunks are the same two pieces of memory
 * again and again, each good until the next is asked for: fresh memory for every chunk costs a collection of garbage every 64 MB.
 */
export async function* readInTurns(handle: FileHandle, chunkBytes: number): AsyncGenerator<Uint8Array> {
  let [current, other] = [Buffer.allocUnsafeSlow(chunkBytes), Buffer.allocUnsafeSlow(chunkBytes)];
  let reading = handle.read(current, 0, chunkBytes, 0);
  try {
    for (let position = 0; ; ) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      position += bytesRead;
      const chunk = current.subarray(0, bytesRead);
      [current, other] = [other, current];
      reading = handle.read(current, 0, chunkBytes, position);
      reading.catch(() => undefined); // told when its turn comes
      yield chunk;
    }
  } finally {
    await reading.catch(() => undefined); // not into a file that is closed
  }
}
