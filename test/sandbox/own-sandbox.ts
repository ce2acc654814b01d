import { spawn } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const REPOSITORY_ROOT = join(import.meta.dirname, '..', '..');
/** Debian's `nobody`, for the tests that must work without root. */
const NOBODY = { uid: 65_534, gid: 65_534 } as const;

/** What the bundle can't hold: the database's native part, and what loads it. */
const NATIVE_PACKAGES = ['libsql', '@libsql', '@neon-rs', 'detect-libc'] as const;

/** Who a test plays as. As root, tests can also play as a user without rights. */
export type PlayAs = 'self' | 'nobody';
export const PLAYERS: readonly PlayAs[] = process.getuid?.() === 0 ? ['self', 'nobody'] : ['self'];

/** What a command printed and how it ended. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** A folder, a state folder and an environment of its own for one test; nothing of it is left afterwards. */
export interface OwnSandbox extends AsyncDisposable {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly program: string;
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  run(
    args: readonly string[],
    options?: { readonly env?: Record<string, string>; readonly input?: string },
  ): Promise<Ran>;
}

/**
 * @param project names the folder, and so the project
 * @param packages what else than the bundle is there: what a sandbox needs, or everything (a signer's gRPC)
 */
export async function openOwnSandbox(
  project: string,
  as: PlayAs = 'self',
  packages: 'needed' | 'all' = 'needed',
): Promise<OwnSandbox> {
  const root = await mkdtemp(join(tmpdir(), 'ts-'));
  const folder = join(root, project);
  const needed = packages === 'needed' ? NATIVE_PACKAGES.map((name) => join('node_modules', name)) : [];
  if (packages === 'all') await symlink(join(REPOSITORY_ROOT, 'node_modules'), join(root, 'node_modules'));
  for (const part of ['dist', 'images', ...needed]) {
    await cp(join(REPOSITORY_ROOT, part), join(root, part), { recursive: true });
  }
  await mkdir(folder);
  const user = as === 'nobody' ? NOBODY : undefined;
  if (user) await Promise.all([root, folder].map((path) => chown(path, user.uid, user.gid)));
  await chmod(root, 0o755);
  const program = join(root, 'dist', 'main.cjs');
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: root,
    TRUSTSANDBOX_HOME: join(root, 'state'),
    TRUSTSANDBOX_RETRY_SECOND_MS: '1',
  };
  const run: OwnSandbox['run'] = (args, options = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [program, ...args], {
        cwd: folder,
        env: { ...env, ...options.env },
        ...user,
      });
      const text = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text.stdout += chunk;
      });
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        text.stderr += chunk;
      });
      child.stdin.end(options.input ?? '');
      child.once('error', reject).once('close', (code) => resolve({ ...text, status: code ?? 1 }));
    });
  return {
    folder,
    env,
    program,
    user,
    run,
    async [Symbol.asyncDispose]() {
      await run(['compose', 'down', '-v']);
      await rm(root, { recursive: true, force: true });
    },
  };
}
