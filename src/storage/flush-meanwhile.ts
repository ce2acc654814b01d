import type { WriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

const EVERY_BYTES = 16 * 1024 * 1024;

/**
 * Lets the disk write while more is still coming, so that the sync at the end, which makes the file durable, has little left
 * to wait for. A flush that fails is no harm: the sync will say so.
 */
export function flushMeanwhile(writer: WriteStream, handle: FileHandle): void {
  let [begun, isBusy] = [0, false];
  writer.on('drain', () => {
    if (isBusy || writer.bytesWritten - begun < EVERY_BYTES) return;
    begun = writer.bytesWritten;
    isBusy = true;
    const done = (): void => {
      isBusy = false;
    };
    handle.datasync().then(done, done);
  });
}
