import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureFolder, isErrno } from '../files/index.ts';

/** Makes a folder and its parents so that they survive a crash: each new entry is synced into the folder that holds it. */
export async function makeFolder(path: string): Promise<void> {
  const first = await ensureFolder(path);
  if (first === undefined) return;
  const top = dirname(first);
  for (let folder = dirname(path); folder.length >= top.length; folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder === top) break;
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await openHandle(path, 'r');
  await folder.handle.sync();
}

/** Renames over `to`, making first the content and then the name durable. */
export async function publishFile(from: string, to: string): Promise<void> {
  {
    await using file = await openHandle(from, 'r');
    await file.handle.sync();
  }
  await makeFolder(dirname(to));
  await rename(from, to);
  await syncFolder(dirname(to));
}

/**
 * Writes a file in the folder `drafts`, of the same filesystem, and then gives it its name. A throw removes it; a crash
 * leaves it there, for `reapDrafts`.
 */
export async function writeFileDurably(
  path: string,
  drafts: string,
  fill: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const draft = join(drafts, randomBytes(12).toString('hex'));
  try {
    {
      await using file = await openHandle(draft, 'wx');
      await fill(file.handle);
      await file.handle.sync();
    }
    await makeFolder(dirname(path));
    await rename(draft, path).catch(async (error: unknown) => {
      if (!isErrno(error, 'ENOENT')) throw error;
      await makeFolder(dirname(path)); // removed while the file was being put into it
      await rename(draft, path);
    });
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Removes what was left in a folder of drafts and not touched since `before`. */
export async function reapDrafts(drafts: string, before: Date): Promise<void> {
  const names = await readdir(drafts).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  });
  for (const name of names) {
    const path = join(drafts, name);
    const stats = await stat(path).catch(() => undefined); // somebody else may have removed it
    if (stats && stats.mtime < before) await unlink(path).catch(() => undefined);
  }
}

interface OpenFile extends AsyncDisposable {
  readonly handle: FileHandle;
}

async function openHandle(path: string, flags: string): Promise<OpenFile> {
  const handle = await open(path, flags).catch((error: unknown) => {
    if (flags === 'wx' && isErrno(error, 'ENOENT')) return makeFolder(dirname(path)).then(() => open(path, flags));
    throw error;
  });
  return { handle, [Symbol.asyncDispose]: () => handle.close() };
}
