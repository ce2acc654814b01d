// `npm run bench`: measures the servers against those that Debian has, as docs/performance.md says. Arguments: what to
// measure (requests, lists, bytes, large, memory, start, notary, notary-start, commands, image, images, sandbox,
// engine-memory); all without. BENCH_ROUNDS and BENCH_SECONDS change the length, BENCH_GIGABYTES the size of the largest image.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';

await prepare();
const { build } = await import('esbuild');
const root = join(import.meta.dirname, '..');
const outfile = join(root, 'node_modules', '.cache', 'bench.mjs');
mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
await build({
  entryPoints: [join(root, 'test', 'bench', 'main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['libsql', 'pg', '@aws-sdk/*'],
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
});
await import(outfile);
