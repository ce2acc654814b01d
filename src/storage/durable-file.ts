import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isErrno } from './errno.ts';

/** Makes a folder and its parents so that they survive a crash: each new entry is synced into the folder that holds it. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
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
 * Writes a file beside its place, behind a dot so that nobody takes it for content, and then gives it its name.
 * A throw removes it; a crash leaves it, ignored.
 */
export async function writeFileDurably(path: string, fill: (handle: FileHandle) => Promise<void>): Promise<void> {
  await makeFolder(dirname(path));
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    {
      await using file = await openHandle(draft, 'wx');
      await fill(file.handle);
      await file.handle.sync();
    }
    await rename(draft, path);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

interface OpenFile extends AsyncDisposable {
  readonly handle: FileHandle;
}

async function openHandle(path: string, flags: string): Promise<OpenFile> {
  const handle = await open(path, flags).catch((error: unknown) => {
    // A folder removed while a file was being put into it: make it again, once.
    if (flags === 'wx' && isErrno(error, 'ENOENT')) return makeFolder(dirname(path)).then(() => open(path, flags));
    throw error;
  });
  return { handle, [Symbol.asyncDispose]: () => handle.close() };
}
