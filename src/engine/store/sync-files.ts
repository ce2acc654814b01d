import { open } from 'node:fs/promises';
import { platform } from 'node:os';

/** From so many files on, one sync of their file system is sooner done than theirs. */
const MANY = 128;
/** Of libuv's four threads one stays free for others. */
const AT_ONCE = 3;

/** Has all bytes of files on the disk before it resolves; those that are gone by now are nobody's. `folder` is one they are below. */
export async function syncFiles(paths: readonly string[], folder: string): Promise<void> {
  if (paths.length >= MANY && (await syncFileSystem(folder))) return;
  const left = [...paths];
  const work = async (): Promise<void> => {
    for (let path = left.pop(); path !== undefined; path = left.pop()) await syncFile(path);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, work));
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  if (!handle) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** By syncfs(2), which Node has no call for and Linux a program. @returns whether it was done */
async function syncFileSystem(folder: string): Promise<boolean> {
  if (platform() !== 'linux') return false;
  const { execFile } = await import('node:child_process');
  return new Promise((resolve) => execFile('sync', ['-f', folder], (error) => resolve(error === null)));
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
