import { rmdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Log } from '../core/index.ts';
import { formatPem, parsePem } from '../pki/index.ts';
import { findFile, listFolder, removeFile, writePrivateFile } from './private-file.ts';

const FOLDERS = ['root_keys', 'tuf_keys'] as const;
/** The file's name: keyid and, in the oldest directories, the role. */
const KEY_FILE = /^([0-9a-f]{64})(?:_([a-z]+))?\.key$/;
const MAX_KEY_FILE_BYTES = 256 * 1024;

/**
 * Moves the key files of notary up to 0.4.3 where later ones look for them, as those do on their first command: from
 * `root_keys/<keyid>.key` and `tuf_keys/<GUN>/<keyid>.key` to `<keyid>.key`, with GUN and role as PEM headers. Keys are
 * not opened, nor encrypted anew. A new file is whole before the old one goes, so a crash in between loses nothing.
 */
export async function migrateLegacyKeys(privateFolder: string, log: Log): Promise<void> {
  for (const name of FOLDERS) {
    const folder = join(privateFolder, name);
    for (const path of await listFiles(folder)) {
      const gun = relative(folder, dirname(path)).split(sep).join('/');
      if (!(await moveKey(path, gun, privateFolder))) log.warn('old key file left where it is', { path });
    }
  }
}

async function moveKey(path: string, gun: string, privateFolder: string): Promise<boolean> {
  const [, keyid, role] = KEY_FILE.exec(basename(path)) ?? [];
  const [block] = parsePem((await findFile(path, MAX_KEY_FILE_BYTES))?.toString('latin1') ?? '');
  if (keyid === undefined || !block) return false;
  const headers = { ...Object.fromEntries(block.headers), ...(gun && { gun }), ...(role && { role }) };
  const target = join(privateFolder, `${keyid}.key`);
  if (!(await findFile(target, MAX_KEY_FILE_BYTES))) {
    await writePrivateFile(target, formatPem(block.label, block.bytes, headers));
  }
  await removeFile(path);
  await removeEmptyFolders(dirname(path), privateFolder);
  return true;
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await listFolder(folder)) {
    const path = join(folder, name);
    if (name.endsWith('.key')) found.push(path);
    else found.push(...(await listFiles(path)));
  }
  return found;
}

async function removeEmptyFolders(folder: string, stop: string): Promise<void> {
  if (folder === stop) return;
  const removed = await rmdir(folder).then(
    () => true,
    () => false, // not empty
  );
  if (removed) await removeEmptyFolders(dirname(folder), stop);
}
