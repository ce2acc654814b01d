// `npm start`: makes the clone ready, then plays the page.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';

await prepare();
const main = join(import.meta.dirname, '..', 'bin', 'trustsandbox.cjs');
const child = spawn(process.execPath, [main, 'walkthrough', ...process.argv.slice(2)], { stdio: 'inherit' });
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => child.kill(name));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
