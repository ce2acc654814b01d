// `npm test`: makes the clone ready, then runs every test that needs nothing but npm.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';

await prepare();
const root = join(import.meta.dirname, '..');
const run = (script, ...args) =>
  spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root, stdio: 'inherit' }).status ??
  1;
const steps = [
  ['types', () => run('typescript/bin/tsc', '--noEmit')],
  ['lint', () => run('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.')],
  ['unused code', () => run('knip/bin/knip.js')],
  ['tests', () => run('vitest/vitest.mjs', 'run', ...process.argv.slice(2))],
];
const failed = steps.filter(([name, step]) => {
  console.log(`\n── ${name}`);
  return step() !== 0;
});
if (failed.length > 0) {
  console.error(`failed: ${failed.map(([name]) => name).join(', ')}`);
  process.exitCode = 1;
}
