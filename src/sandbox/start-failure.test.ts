import { expect, test } from 'vitest';
import { projectPaths } from './project.ts';
import { parseProjectName } from './project-name.ts';
import { explainStartFailure } from './start-failure.ts';

const paths = projectPaths('/state', parseProjectName('page'));

test.each([
  [{ code: 'EROFS', path: '/state/page', syscall: 'open' }, /can't be written \(EROFS\): set TRUSTSANDBOX_HOME/],
  [{ code: 'ENOENT', path: '/state/page', syscall: 'mkdir' }, /can't be written \(ENOENT\): set TRUSTSANDBOX_HOME/],
  [{ code: 'ENOENT', path: '/auth/htpasswd', syscall: 'open' }, /^as it was$/],
  [{ code: 'ENOSPC', path: '/state/page' }, /^no space left for \/state\/page: free some/],
  [{ code: 'SQLITE_FULL' }, /^no space left for/],
  [{ code: 'SQLITE_IOERR' }, /^\/state\/page can hold no database \(as it was\): .* set TRUSTSANDBOX_HOME/],
  [{ message: 'No locks available (os error 37)' }, /can hold no database \(No locks available/],
  [
    { code: 'EPERM', syscall: 'listen', address: '/state/page/control.sock' },
    /^no socket can be made at \/state\/page/,
  ],
  [{ code: 'EADDRINUSE', syscall: 'listen', address: '127.0.0.1' }, /^as it was$/],
  [{ code: 'ENOTDIR', path: '/dev/null/page' }, /^\/dev\/null is no folder: remove it/],
  [{ code: 'ENAMETOOLONG' }, /^\/state\/page is too long a path/],
])('%j is explained, also as the cause of something else', (facts, expected) => {
  const thrown = Object.assign(new Error('as it was'), facts);
  expect(explainStartFailure(thrown, paths)).toMatch(expected);
  if (expected.source !== '^as it was$')
    expect(explainStartFailure(new Error('outer', { cause: thrown }), paths)).toMatch(expected);
});
