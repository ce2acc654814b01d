#!/usr/bin/env sh
// 2>/dev/null; exec node -- "$0" "$@"
// Above, for the shell: Node looks for `--env-file` behind the program's name too, and ends when that file is missing; not behind `--`.
try {
  require('../dist/main.cjs');
} catch (thrown) {
  // A fresh clone: what the package has was not built yet.
  if (thrown.code !== 'MODULE_NOT_FOUND' || thrown.requireStack?.[0] !== __filename) throw thrown;
  process.stderr.write(
    'trustsandbox is not built yet: run "npm start" or "npm install && npm run build" in its folder\n',
  );
  process.exitCode = 1;
}
