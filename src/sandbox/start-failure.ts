import { errorMessage } from '../core/index.ts';
import type { ProjectPaths } from './project.ts';

const WRITE_PROTECTED: ReadonlySet<string> = new Set([
  'EROFS',
  'EACCES',
  'EPERM',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
]);
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'SQLITE_IOERR']);
const MAX_CAUSES = 8;

/** What kept a sandbox from starting, in a sentence, and a way out of it. The reason may be what caused what was thrown. */
export function explainStartFailure(thrown: unknown, paths: ProjectPaths): string {
  let cause = thrown;
  for (let depth = 0; cause && depth < MAX_CAUSES; depth += 1) {
    const said = explain(cause as NodeJS.ErrnoException, paths);
    if (said !== undefined) return said;
    ({ cause } = cause as Error);
  }
  return errorMessage(thrown);
}

function explain(thrown: NodeJS.ErrnoException, paths: ProjectPaths): string | undefined {
  const { code = '', path, syscall, message = '' } = thrown;
  const where = path ?? paths.root;
  if (FULL.has(code) || /database or disk is full|disk I\/O error/.test(message)) {
    return `no space left for ${where}: free some, or set TRUSTSANDBOX_HOME to a folder on another disk`;
  }
  // Node says ENOENT of a folder that can't be made, with those above it, on a file system that is read-only.
  if (WRITE_PROTECTED.has(code) || (code === 'ENOENT' && syscall === 'mkdir')) {
    return `${where} can't be written (${code}): set TRUSTSANDBOX_HOME to a folder that can, or make this one writable`;
  }
  if (code === 'ENOTDIR' || (code === 'EEXIST' && path)) {
    return `${where} is no folder: remove it, or set TRUSTSANDBOX_HOME to another place`;
  }
  if (code === 'ENAMETOOLONG') return `${where} is too long a path: set TRUSTSANDBOX_HOME to a shorter one`;
  if (code === 'EMFILE' || code === 'ENFILE') return 'too many files are open: raise the limit (ulimit -n)';
  return undefined;
}
