import { spawn } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { errorMessage, systemClock, TrustSandboxError } from '../core/index.ts';
import type { ComposePlan } from './compose-file.ts';
import { hostSandbox } from './daemon.ts';
import { type ProjectPaths, parseProjectName, projectPaths } from './project.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { SandboxSettings } from './service.ts';

/** What the background process is told when it is born. */
interface Order {
  readonly home: string;
  readonly project: string;
  readonly plan: ComposePlan;
  readonly planDigest: string;
  readonly composeFile: string | null;
  readonly settings: SandboxSettings;
}

type Answer =
  | { readonly kind: 'ready'; readonly record: SandboxRecord }
  | { readonly kind: 'failed'; readonly message: string };

/** The background process did not come up. */
export class BackgroundError extends TrustSandboxError {
  readonly code = 'SANDBOX_BACKGROUND';
}

/**
 * Starts the background process of a sandbox and resolves when all its services listen.
 * `program` and `args` call this package so that it runs `runInBackground`.
 * @throws {BackgroundError}
 */
export async function startInBackground(
  order: Order,
  paths: ProjectPaths,
  program: { readonly file: string; readonly args: readonly string[] },
): Promise<SandboxRecord> {
  await mkdir(paths.root, { recursive: true, mode: 0o700 });
  await using log = await open(paths.log, 'a', 0o600);
  const child = spawn(program.file, program.args, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
    cwd: '/',
  });
  const answer = await new Promise<Answer>((resolve) => {
    child.once('message', (message) => resolve(message as Answer));
    child.once('error', (error) => resolve({ kind: 'failed', message: error.message }));
    child.once('exit', (code) =>
      resolve({ kind: 'failed', message: `it ended with status ${code}; see ${paths.log}` }),
    );
    child.send(order);
  });
  child.disconnect();
  child.unref();
  if (answer.kind === 'failed') throw new BackgroundError(`the sandbox could not start: ${answer.message}`);
  return answer.record;
}

/** The background process's own life: takes its order, hosts the sandbox, ends on SIGTERM or when told by the control socket. */
export async function runInBackground(signal: AbortSignal): Promise<void> {
  const order = await new Promise<Order>((resolve) => process.once('message', (message) => resolve(message as Order)));
  const answer = (message: Answer): Promise<void> =>
    new Promise((sent) => process.send?.(message, () => sent()) ?? sent());
  const paths = projectPaths(order.home, parseProjectName(order.project));
  try {
    const { plan, planDigest, composeFile, settings } = order;
    await using hosted = await hostSandbox({
      plan,
      planDigest,
      composeFile,
      settings,
      paths,
      programFile: process.argv[1] ?? '', // this program: what started us named it
      hasPlainBoxes: process.env.TRUSTSANDBOX_BOX === 'plain',
      clock: systemClock,
    });
    await answer({ kind: 'ready', record: hosted.record });
    await Promise.race([
      hosted.ended,
      new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
    ]);
  } catch (error) {
    await answer({ kind: 'failed', message: errorMessage(error) });
    throw error;
  }
}
