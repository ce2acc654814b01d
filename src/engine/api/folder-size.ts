import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const MAX_FILES = 100_000;

/** Bytes that the files under a folder have; -1, which is docker's for what is not known, where it can't be said. */
export async function folderSize(folder: string): Promise<number> {
  try {
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
    if (files.length > MAX_FILES) return -1;
    let size = 0;
    for (const { parentPath, name } of files) size += (await lstat(join(parentPath, name))).size;
    return size;
  } catch {
    return -1;
  }
}
