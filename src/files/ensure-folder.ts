import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrno } from './errno.ts';

/**
 * Makes a folder and those above it where they are not there; tells the topmost that it made. Node's own way of doing so never
 * ends where the kernel says ENOENT in a folder that is there, as it does in `/proc`.
 * @throws {NodeJS.ErrnoException} EACCES, EROFS, ENOENT, ENOTDIR; EEXIST when it is no folder
 */
export async function ensureFolder(path: string, mode = 0o777): Promise<string | undefined> {
  try {
    return await makeOne(path, mode);
  } catch (thrown) {
    if (!isErrno(thrown, 'ENOENT') || dirname(path) === path) throw thrown;
  }
  const top = await ensureFolder(dirname(path), mode);
  const made = await makeOne(path, mode);
  return top ?? made;
}

/** Undefined where it is there; whatever else the system says of that: EACCES, EROFS, on a Mac EISDIR of the root. */
async function makeOne(path: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(path, { mode });
    return path;
  } catch (thrown) {
    const isThere = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (isThere) return undefined;
    throw thrown;
  }
}
