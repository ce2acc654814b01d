import { randomBytes } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';

/** Replaces a file whole: who reads it, also after a crash, finds the old text or the new. */
export async function writeWhole(path: string, text: string | Uint8Array, mode: number): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
    await handle.close();
    await rename(draft, path);
  } catch (thrown) {
    await handle.close().catch(() => undefined);
    await unlink(draft).catch(() => undefined);
    throw thrown;
  }
}
