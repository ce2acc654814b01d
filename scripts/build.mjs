// Bundles the program into dist/, with its lazy imports left lazy. Quick: nothing is done when nothing changed.
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const stamp = join(root, 'dist', '.built');

/** Newest change of the sources, in milliseconds. */
function newestSource() {
  const files = ['package.json', 'scripts/build.mjs'];
  for (const file of readdirSync(join(root, 'src'), { recursive: true })) {
    if (/(?<!\.test)\.ts$/.test(file)) files.push(join('src', file));
  }
  return Math.max(...files.map((file) => statSync(join(root, file)).mtimeMs));
}

function isBuilt() {
  try {
    return statSync(stamp).mtimeMs > newestSource();
  } catch {
    return false;
  }
}

export async function build() {
  if (isBuilt()) return;
  const { build: bundle } = await import('esbuild');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  await bundle({
    absWorkingDir: root,
    entryPoints: { main: 'src/cli/main.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    target: 'node20',
    external: ['libsql', 'pg'],
    // CommonJS packages inside the bundle ask for `require`
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    legalComments: 'none',
    logLevel: 'warning',
  });
  writeFileSync(stamp, '');
}

if (process.argv[1] === import.meta.filename) await build();
