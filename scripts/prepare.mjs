// Makes a fresh clone ready to run: installs what package-lock.json names when it is not there, then builds.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

function isInstalled() {
  try {
    const installed = statSync(join(root, 'node_modules', '.package-lock.json')).mtimeMs;
    return installed >= statSync(join(root, 'package-lock.json')).mtimeMs;
  } catch {
    return false;
  }
}

// `npm ci` refuses a lock file that was written where some platform's optional binaries could not be had; this takes the
// locked versions all the same and changes nothing in the clone.
const ARGUMENTS = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Exits the process with npm's status when the installation fails. */
function install() {
  console.error('Installing what the project needs (once)…');
  const { status } = spawnSync('npm', ARGUMENTS, {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.exit(status ?? 1);
}

export async function prepare() {
  if (!isInstalled()) install();
  const { build } = await import('./build.mjs');
  await build();
}

if (process.argv[1] === import.meta.filename) await prepare();
