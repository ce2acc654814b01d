import { randomBytes } from 'node:crypto';
import { constants, copyFile, link, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isErrno } from '../files/index.ts';
import { makeFolder } from './durable-file.ts';
import { isStorageFull } from './storage-full.ts';

/** A holder says this often that it is at work; one that has not for longer than `STALE_MS` has ended, or its machine has. */
const RENEW_MS = 5_000;
const STALE_MS = 30_000;
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 50;

/** What the locks of this process say. One that names its id and is not here was left by an earlier process of that id. */
const held = new Set<string>();

/**
 * Takes the lock that the file `path` is, waiting for its holder as long as that one is at work. The lock of a process
 * that has ended, here or on another machine, is taken over. Not for waiting in line: that is done before.
 * @throws the signal's reason, when it was aborted before the lock was free
 */
export async function lockFile(path: string, signal?: AbortSignal): Promise<AsyncDisposable> {
  const text = `${process.pid} ${hostname()} ${randomBytes(6).toString('hex')}`;
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  held.add(text);
  try {
    await writeDraft(draft, text);
    for (let waitMs = FIRST_WAIT_MS; !(await tryLock(draft, path)); waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      signal?.throwIfAborted();
      if (!(await takeOver(path))) await sleep(waitMs);
      await renew(draft); // so that what becomes the lock is young
    }
  } catch (error) {
    held.delete(text);
    throw error;
  } finally {
    await remove(draft);
  }
  const renewal = setInterval(() => void renew(path), RENEW_MS).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(renewal);
      await remove(path);
      held.delete(text); // last: see isLeft
    },
  };
}

/** Written before it has the lock's name: a lock that says nothing would be waited for until it is stale. */
async function writeDraft(draft: string, text: string): Promise<void> {
  await makeFolder(dirname(draft));
  await writeFile(draft, text, { flag: 'wx' }).catch((error: unknown) => {
    if (!isStorageFull(error)) throw error; // else an empty lock locks as well, and what makes room must not wait for room
  });
}

async function tryLock(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path).catch((error: unknown) => {
      // A filesystem without hard links.
      if (isErrno(error, 'EPERM', 'ENOTSUP', 'ENOSYS')) return copyFile(draft, path, constants.COPYFILE_EXCL);
      throw error;
    });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Moves a lock away whose holder has ended; puts it back when meanwhile it has become somebody else's. */
async function takeOver(path: string): Promise<boolean> {
  const found = await read(path);
  if (found === undefined) return true; // let go of since
  if (!(await isLeft(path, found))) return false;
  if ((await read(path)) !== found) return true; // it was let go of while we looked
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  await rename(path, aside).catch(() => undefined);
  const taken = await read(aside);
  if (taken !== undefined && taken !== found) await link(aside, path).catch(() => undefined);
  await remove(aside);
  return true;
}

async function renew(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // taken over, by somebody who took this machine for dead
}

async function isLeft(path: string, holder: string): Promise<boolean> {
  const [pid = '', host = ''] = holder.split(' ');
  if (host === hostname() && /^\d+$/.test(pid)) {
    if (Number(pid) === process.pid) return !held.has(holder);
    if (!isRunning(Number(pid))) return true;
  }
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > STALE_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

function read(path: string): Promise<string | undefined> {
  return readFile(path, 'latin1').catch(() => undefined);
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!isErrno(error, 'ENOENT')) throw error;
  });
}
