import { errorMessage } from '../core/index.ts';
import type { ProjectPaths } from './project.ts';

const WRITE_PROTECTED: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM']);
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** What kept a sandbox from starting, in a sentence, and a way out of it. */
export function explainStartFailure(thrown: unknown, paths: ProjectPaths): string {
  const { code = '', path } = thrown as NodeJS.ErrnoException;
  const where = path ?? paths.root;
  if (WRITE_PROTECTED.has(code)) {
    return `${where} can't be written (${code}): set TRUSTSANDBOX_HOME to a folder that can, or make this one writable`;
  }
  if (FULL.has(code))
    return `no space left for ${where}: free some, or set TRUSTSANDBOX_HOME to a folder on another disk`;
  if (code === 'ENOTDIR' || (code === 'EEXIST' && path))
    return `${where} is no folder: remove it, or set TRUSTSANDBOX_HOME to another place`;
  if (code === 'ENAMETOOLONG') return `${where} is too long a path: set TRUSTSANDBOX_HOME to a shorter one`;
  if (code === 'EMFILE' || code === 'ENFILE') return `too many files are open: raise the limit (ulimit -n)`;
  if (code === 'SQLITE_FULL' || /database or disk is full/.test(errorMessage(thrown))) {
    return `no space left for ${where}: free some, or set TRUSTSANDBOX_HOME to a folder on another disk`;
  }
  return errorMessage(thrown);
}
