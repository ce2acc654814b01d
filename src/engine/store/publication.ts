import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory, syncFiles } from './sync-files.ts';

/** Files that are replaced together: texts by their paths below the store's root. */
export type PublishedFiles = ReadonlyMap<string, string>;

const REDO = 'redo';

/**
 * Replaces many files of the store in one step that survives a loss of power, after the blobs they speak of:
 *
 *     tmp/next-…/   is written and synced, with what `before` names
 *     redo/         is what it is called then: from here on the new state holds
 *     …             each file is moved into its place, and redo/ removed, by `finishPublication`
 *
 * A crash before `redo/` leaves the old state. What is thrown leaves it too.
 */
export async function publish(
  root: string,
  temporary: string,
  files: PublishedFiles,
  before: readonly string[],
): Promise<void> {
  await finishPublication(root); // of before, where that failed
  const next = await mkdtemp(join(temporary, 'next-'));
  try {
    const folders = new Set([...files.keys()].map((path) => dirname(join(next, path))));
    for (const folder of folders) await mkdir(folder, { recursive: true });
    for (const [path, text] of files) await writeFile(join(next, path), text, { flag: 'wx', mode: 0o600 });
    await syncFiles([...before, ...[...files.keys()].map((path) => join(next, path))], root);
    const touched = new Set([...before.map((path) => dirname(path)), ...folders, next]);
    await Promise.all([...touched].map(syncDirectory));
    await rename(next, join(root, REDO));
  } catch (thrown) {
    await rm(next, { recursive: true, force: true });
    throw thrown;
  }
}

/** Moves into place what was published and not yet moved when a process ended. Nothing happens where there is none. */
export async function finishPublication(root: string): Promise<void> {
  const redo = join(root, REDO);
  const entries = await readdir(redo, { recursive: true, withFileTypes: true }).catch(
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return [];
      throw thrown;
    },
  );
  if (entries.length === 0) return void (await rm(redo, { recursive: true, force: true }));
  await syncDirectory(root);
  const folders = new Set<string>();
  for (const entry of entries.filter((one) => one.isFile())) {
    const from = join(entry.parentPath, entry.name);
    const to = join(root, from.slice(redo.length + 1));
    const folder = dirname(to);
    if (!folders.has(folder)) await mkdir(folder, { recursive: true, mode: 0o700 });
    folders.add(folder);
    await rename(from, to);
  }
  await Promise.all([...folders].map(syncDirectory));
  await rm(redo, { recursive: true, force: true });
}
