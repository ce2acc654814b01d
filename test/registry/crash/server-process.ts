import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A registry in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  readonly child: ChildProcess;
  /** SIGKILL: no handler runs, nothing is flushed. */
  kill(): Promise<void>;
}

const FILESYSTEM_SERVER = join(import.meta.dirname, 'served-registry.ts');

/** Bundles a server into `folder`, for processes that start in a tenth of a second. Answers its path. */
export async function bundleServer(folder: string, source = FILESYSTEM_SERVER): Promise<string> {
  const outfile = join(folder, 'served-registry.mjs');
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: source === FILESYSTEM_SERVER ? ['@aws-sdk/*', 'libsql'] : ['libsql'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return outfile;
}

/** @param before a command that ends in running its arguments: `['unshare', '-m', …]` */
export async function startServerProcess(
  program: string,
  args: readonly string[],
  before: readonly string[] = [],
): Promise<ServerProcess> {
  const [command = process.execPath, ...rest] = [...before, process.execPath, program, ...args];
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env; // costs 30 ms a start
  const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env });
  const exited = once(child, 'exit');
  const told = await Promise.race([
    once(child, 'message'),
    exited.then(([status]) => new Error(`ended with ${status}`)),
  ]);
  if (told instanceof Error) throw told;
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { port: Number(told[0]), child, kill, [Symbol.asyncDispose]: kill };
}
