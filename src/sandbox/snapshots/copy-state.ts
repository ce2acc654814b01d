import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readlink, rm, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders that open shells may be in, or have mounted: they stay, and what is in them is replaced. */
const KEPT_DEPTH = 3;

/**
 * Makes `target` hold what `source` holds, and nothing else. Folders near the top stay the same ones. Files are cloned where
 * the file system can; sockets are left out. `skips` names what is not copied, by path below `source`.
 */
export async function mirrorFolder(
  source: string,
  target: string,
  skips: (path: string) => boolean = () => false,
): Promise<void> {
  await mirror({ source, target, skips, path: '', depth: KEPT_DEPTH });
}

interface Mirroring {
  readonly source: string;
  readonly target: string;
  readonly skips: (path: string) => boolean;
  readonly path: string;
  readonly depth: number;
}

async function mirror({ source, target, skips, path, depth }: Mirroring): Promise<void> {
  const { mode, mtime, atime } = await lstat(source);
  await mkdir(target, { recursive: true, mode: 0o700 });
  const wanted = new Map((await readdir(source, { withFileTypes: true })).map((entry) => [entry.name, entry]));
  for (const present of await readdir(target, { withFileTypes: true })) {
    const below = path === '' ? present.name : `${path}/${present.name}`;
    if (skips(below) || present.isSocket()) continue;
    const isKept = depth > 0 && present.isDirectory() && wanted.get(present.name)?.isDirectory();
    if (!isKept) await rm(join(target, present.name), { recursive: true, force: true });
  }
  for (const [name, entry] of wanted) {
    const below = path === '' ? name : `${path}/${name}`;
    const [from, to] = [join(source, name), join(target, name)];
    if (skips(below)) continue;
    if (entry.isDirectory()) await mirror({ source: from, target: to, skips, path: below, depth: depth - 1 });
    else if (entry.isSymbolicLink()) await symlink(await readlink(from), to);
    else if (entry.isFile()) await copy(from, to);
  }
  await chmod(target, mode & 0o7777);
  await utimes(target, atime, mtime);
}

async function copy(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const { mode, atime, mtime } = await lstat(from);
  await chmod(to, mode & 0o7777);
  await utimes(to, atime, mtime); // a registry's caches ask when a file was changed
}
