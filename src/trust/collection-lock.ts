import { createHash, randomBytes } from 'node:crypto';
import { link, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TrustSandboxError } from '../core/index.ts';
import type { Gun } from '../tuf/index.ts';
import { makePrivateFolder, removeFile, writePrivateFile } from './private-file.ts';
import type { TrustDirectory } from './trust-directory.ts';

/** Another process is at work on the same trust data and does not end. */
export class CollectionLockedError extends TrustSandboxError {
  readonly code = 'TRUST_LOCKED';
  readonly holder: number | undefined;
  constructor(gun: string, holder: number | undefined, path: string) {
    super(`trust data of ${gun} is in use by process ${holder ?? 'unknown'} (lock ${path})`);
    this.holder = holder;
  }
}

/** How to wait for a lock. `wait` gets milliseconds. */
export interface LockWaiting {
  readonly timeoutMs: number;
  wait(ms: number): Promise<void>;
}

const RETRY_MS = 50;
const DEFAULT_WAITING: LockWaiting = { timeoutMs: 60_000, wait: (ms) => sleep(ms) };

/**
 * Lets one process at a time change the trust data of `gun`: two that initialise it at once would each make keys, and
 * one of them sign with keys nobody knows. docker and notary take no lock; against them the server's version check
 * stands. A lock whose process has ended is taken over. Dispose of it to let go.
 * @throws {CollectionLockedError}
 */
export async function lockCollection(
  directory: TrustDirectory,
  gun: Gun,
  waiting: LockWaiting = DEFAULT_WAITING,
): Promise<AsyncDisposable> {
  await makePrivateFolder(directory.lockFolder);
  const path = join(directory.lockFolder, createHash('sha256').update(gun).digest('hex'));
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    if (await tryLock(path)) return { [Symbol.asyncDispose]: () => removeFile(path) };
    const holder = await findHolder(path);
    if (holder !== undefined && !isRunning(holder)) await takeAway(path, holder);
    else if (waitedMs >= waiting.timeoutMs) throw new CollectionLockedError(gun, holder, path);
    else await waiting.wait(RETRY_MS);
  }
}

/** The lock appears with its content, by a link: a crash in between leaves a lock that names its holder, or none. */
async function tryLock(path: string): Promise<boolean> {
  const own = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    await writePrivateFile(own, String(process.pid));
    await link(own, path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  } finally {
    await removeFile(own);
  }
}

/** Moves the lock of an ended process away, and puts it back if meanwhile it has become somebody else's. */
async function takeAway(path: string, holder: number): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  await rename(path, aside).catch(() => undefined);
  const found = await findHolder(aside);
  if (found !== undefined && found !== holder) await link(aside, path).catch(() => undefined);
  await removeFile(aside);
}

async function findHolder(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
