// `npm test`: makes the clone ready, then runs every check and test that needs nothing but npm.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';

await prepare();
const root = join(import.meta.dirname, '..');

/** Runs a script of an installed package; true when it succeeded. */
function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  return status === 0;
}

const checks = [
  ['types', () => run('typescript/bin/tsc', '--noEmit')],
  ['lint', () => run('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.')],
  ['unused code', () => run('knip/bin/knip.js')],
];
const failed = [...checks, ['tests', () => run('vitest/vitest.mjs', 'run', ...process.argv.slice(2))]]
  .filter(([name, check]) => {
    console.log(`\n── ${name}`);
    return !check();
  })
  .map(([name]) => name);

const results = process.env.TEST_RESULTS;
if (results) {
  const failedChecks = checks.map(([name]) => name).filter((name) => failed.includes(name));
  writeFileSync(
    join(results, 'checks.json'),
    JSON.stringify({ numPassedTests: checks.length - failedChecks.length, failedChecks }),
  );
}
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
