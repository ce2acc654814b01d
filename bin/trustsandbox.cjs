#!/usr/bin/env node
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
