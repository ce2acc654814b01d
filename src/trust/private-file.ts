import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TrustSandboxError } from '../core/index.ts';
import { ensureFolder } from '../files/index.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** A file of the trust directory that is larger than any such file may be. Sizes in bytes. */
export class FileTooLargeError extends TrustSandboxError {
  readonly code = 'FILE_TOO_LARGE';
  readonly path: string;
  constructor(path: string, size: number, limit: number) {
    super(`${path} has ${size} bytes, more than the ${limit} allowed`);
    this.path = path;
  }
}

/**
 * The file's bytes; `undefined` when there is none.
 * @throws {FileTooLargeError} before reading
 * @throws {NodeJS.ErrnoException} EACCES, EISDIR, …
 */
export async function findFile(path: string, maxBytes: number): Promise<Buffer | undefined> {
  const handle = await open(path, 'r').catch(undefinedIfMissing);
  if (!handle) return undefined;
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) throw new FileTooLargeError(path, size, maxBytes);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

const FOR_OTHERS = 0o077;

/** Whether others than its owner may do anything with a file or folder of this mode; not where there is none. */
export const isForOthers = (mode: number | undefined): boolean => mode !== undefined && (mode & FOR_OTHERS) !== 0;

/** Undefined where nothing is, or nobody may look. */
export async function findMode(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mode;
}

/** Replaces a file as a whole: after a crash it is the old one or the new one. Mode 0600, new folders 0700. */
export async function writePrivateFile(path: string, bytes: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  await makePrivateFolder(folder);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    const handle = await open(temporary, 'wx', FILE_MODE);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

export async function makePrivateFolder(path: string): Promise<void> {
  await ensureFolder(path, FOLDER_MODE);
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** A folder and all in it; none is no error. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** Names of a folder's entries, in byte order; none when there is no such folder. */
export async function listFolder(path: string): Promise<readonly string[]> {
  return ((await readdir(path).catch(undefinedIfMissing)) ?? []).sort();
}

/** Names of the folders in a folder, in byte order; links to folders are none. */
export async function listFolders(path: string): Promise<readonly string[]> {
  const entries = (await readdir(path, { withFileTypes: true }).catch(undefinedIfMissing)) ?? [];
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
