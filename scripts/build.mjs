// Bundles the program into dist/, with its lazy imports left lazy. Quick: nothing is done when nothing changed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const stamp = join(root, 'dist', '.built');

/** What the package exports, by the names of its subpaths. */
const LIBRARY = {
  index: 'src/testing/index.ts',
  registry: 'src/registry/index.ts',
  'registry-client': 'src/registry/client/index.ts',
  notary: 'src/notary/index.ts',
  trust: 'src/trust/index.ts',
  tuf: 'src/tuf/index.ts',
};

/** Newest change of the sources, in milliseconds. */
function newestSource() {
  const files = ['package.json', 'scripts/build.mjs', 'scripts/launcher.cjs', 'scripts/code-cache.mjs'];
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

/** Puts `built` where the program is; one that is running keeps the files it has open. */
function replaceDist(built) {
  const old = mkdtempSync(join(root, '.dist-'));
  try {
    renameSync(join(root, 'dist'), join(old, 'dist'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  renameSync(built, join(root, 'dist'));
  rmSync(old, { recursive: true, force: true });
}

/** The launcher of these files. */
function launcherOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  const source = readFileSync(join(root, 'scripts', 'launcher.cjs'), 'utf8');
  return source.replace('@BUILD@', hash.digest('hex').slice(0, 32));
}

export async function build() {
  if (isBuilt()) return;
  const { build: bundle } = await import('esbuild');
  const startedAt = new Date();
  const built = mkdtempSync(join(root, '.dist-'));
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['libsql', 'mysql2', 'pg', 'pkcs11js', '@aws-sdk/*', '@grpc/grpc-js', './undici.cjs'],
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
  };
  /** A file of the program, as a function that the launcher calls. Its lazy imports stay lazy: each runs when it is asked for. */
  const script = {
    ...common,
    alias: { undici: './undici.cjs' }, // a megabyte that few commands need
    supported: { 'dynamic-import': false }, // of what is outside too: a script has no loader of modules
    define: { 'import.meta.url': '__url', 'import.meta.dirname': '__dirname' },
    banner: {
      js: "(function (require, __filename, __dirname) { const __url = require('node:url').pathToFileURL(__filename).href;const module = { exports: {} };",
    },
    footer: { js: 'return module.exports })' },
  };
  await Promise.all([
    bundle({ ...script, entryPoints: { client: 'src/cli/client.ts' }, outfile: join(built, 'client.cjs') }),
    bundle({ ...script, entryPoints: { program: 'src/cli/main.ts' }, outfile: join(built, 'program.cjs') }),
    bundle({ ...common, entryPoints: { undici: 'undici' }, outfile: join(built, 'undici.cjs') }),
    bundle({
      ...common,
      entryPoints: LIBRARY,
      outdir: join(built, 'lib'),
      format: 'esm',
      splitting: true,
      outExtension: { '.js': '.mjs' },
      packages: 'external', // those who import it have them installed
      minifyWhitespace: false,
    }),
  ]);
  writeFileSync(join(built, 'main.cjs'), launcherOf(['client.cjs', 'program.cjs'].map((name) => join(built, name))));
  const codeCache = join(root, 'scripts', 'code-cache.mjs');
  for (const [name, ...command] of [
    ['client', 'trust', 'inspect', '--help'],
    ['program', 'serve', 'registry', '--help'],
  ]) {
    execFileSync(process.execPath, [codeCache, built, name, ...command], { stdio: 'inherit' });
  }
  writeFileSync(join(built, '.built'), '');
  utimesSync(join(built, '.built'), startedAt, startedAt); // a source that changed meanwhile is newer
  chmodSync(built, 0o755);
  replaceDist(built);
}

if (process.argv[1] === import.meta.filename) await build();
