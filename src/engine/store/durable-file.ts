import { randomBytes } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Replaces a file whole: a crash at any instant leaves the old bytes or the new. `temporary` is a folder on the same
 * file system.
 */
export async function writeDurably(path: string, bytes: Uint8Array | string, temporary: string): Promise<void> {
  const draft = join(temporary, randomBytes(12).toString('hex'));
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (thrown) {
    await handle.close();
    await unlink(draft).catch(() => undefined);
    throw thrown;
  }
  await handle.close();
  await rename(draft, path);
  await syncDirectory(dirname(path));
}

/** Makes renames in a folder survive a loss of power. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
