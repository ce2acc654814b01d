import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorMessage } from '../core/index.ts';
import type { ProjectPaths } from './project.ts';

const WRITE_PROTECTED: ReadonlySet<string> = new Set([
  'EROFS',
  'EACCES',
  'EPERM',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
]);
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);
/** A disk with less is full, as far as a sandbox goes. */
const LEAST_BYTES = 1024 * 1024;
const MAX_CAUSES = 8;

/** What Node and the SQLite libraries tell of a failure. */
type Failure = NodeJS.ErrnoException & { readonly address?: unknown };

/** What kept a sandbox from starting, in a sentence, and a way out of it. The reason may be what caused what was thrown. */
export function explainStartFailure(thrown: unknown, paths: ProjectPaths): string {
  if (thrown instanceof AggregateError) {
    return [...new Set(thrown.errors.map((error) => explainStartFailure(error, paths)))].join('\n');
  }
  let cause = thrown;
  for (let depth = 0; cause && depth < MAX_CAUSES; depth += 1) {
    const said = explain(cause as Failure, paths);
    if (said !== undefined) return said;
    ({ cause } = cause as Error);
  }
  return errorMessage(thrown);
}

function explain(thrown: Failure, paths: ProjectPaths): string | undefined {
  const { code = '', path, syscall, message = '', address } = thrown;
  const where = path ?? paths.root;
  const isOfDatabase = code.startsWith('SQLITE_IOERR') || /disk I\/O error/.test(message);
  const isUnsaid = isOfDatabase || code === 'SQLITE_CANTOPEN'; // it may be for want of space
  if (FULL.has(code) || /database or disk is full/.test(message) || (isUnsaid && isFull(paths.root))) {
    return `no space left for ${where}: free some, or set TRUSTSANDBOX_HOME to a folder on another disk`;
  }
  if (isOfDatabase || code === 'ENOLCK' || /No locks available|locking protocol/.test(message)) {
    return `${where} can hold no database (${message}): it may be a folder of another machine that knows no locks; set TRUSTSANDBOX_HOME to a folder on a disk of this one`;
  }
  if (syscall === 'listen' && typeof address === 'string' && address.startsWith('/') && code !== 'EADDRINUSE') {
    return `no socket can be made at ${address} (${code}): set TRUSTSANDBOX_HOME to a folder on a disk of this machine`;
  }
  if (code === 'ENOTDIR' || (code === 'EEXIST' && path)) {
    return `${nearest(where).path} is no folder: remove it, or set TRUSTSANDBOX_HOME to another place`;
  }
  // The kernel says ENOENT of what can't be made in /proc, and of a folder that was removed while we are in it.
  if (WRITE_PROTECTED.has(code) || (code === 'ENOENT' && syscall === 'mkdir')) {
    const { path: holder, uid } = nearest(where);
    const whose = uid === (process.getuid?.() ?? uid) ? '' : `, and ${holder} is another user's`;
    return `${where} can't be written (${code}${whose}): set TRUSTSANDBOX_HOME to a folder that can, or make this one writable`;
  }
  if (code === 'ENAMETOOLONG') return `${where} is too long a path: set TRUSTSANDBOX_HOME to a shorter one`;
  if (code === 'EMFILE' || code === 'ENFILE') return 'too many files are open: raise the limit (ulimit -n)';
  return undefined;
}

/** The path itself, or what of those above it is there. */
function nearest(path: string): { readonly path: string; readonly uid: number } {
  for (let holder = path; ; holder = dirname(holder)) {
    try {
      return { path: holder, uid: statSync(holder).uid };
    } catch {
      if (dirname(holder) === holder) return { path, uid: process.getuid?.() ?? 0 };
    }
  }
}

function isFull(path: string): boolean {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(nearest(path).path);
    return bavail * bsize < LEAST_BYTES || (files > 0 && ffree === 0);
  } catch {
    return false;
  }
}
