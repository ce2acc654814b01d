import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { systemClock, TrustSandboxError } from '../core/index.ts';
import { ensureFolder } from '../files/index.ts';
import type { ComposePlan } from './compose/plan.ts';
import { hostSandbox } from './daemon.ts';
import { ProjectBusyError } from './one-process.ts';
import { type ProjectPaths, projectPaths } from './project.ts';
import { parseProjectName } from './project-name.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { SandboxSettings } from './service.ts';
import { explainStartFailure } from './start-failure.ts';

/** What the background process is told when it is born. */
interface Order {
  readonly home: string;
  readonly project: string;
  readonly plan: ComposePlan;
  readonly planDigest: string;
  readonly composeFile: string | null;
  readonly services?: readonly string[];
  readonly settings: SandboxSettings;
}

type Answer =
  | { readonly kind: 'ready'; readonly record: SandboxRecord }
  /** Another process has the project, or is starting it. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly message: string };

/** The background process did not come up. */
export class BackgroundError extends TrustSandboxError {
  readonly code = 'SANDBOX_BACKGROUND';
}

/** Another call is starting the same project. */
export class ProjectStartingError extends TrustSandboxError {
  readonly code = 'SANDBOX_STARTING';
}

/**
 * Starts the background process of a sandbox and resolves when all its services listen.
 * `program` and `args` call this package so that it runs `runInBackground`.
 * @throws {BackgroundError} with what is in the way and what to do
 * @throws {ProjectStartingError}
 */
export async function startInBackground(
  order: Order,
  paths: ProjectPaths,
  program: { readonly file: string; readonly args: readonly string[] },
): Promise<SandboxRecord> {
  await using log = await openLog(paths);
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
  const ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  if (child.connected) child.disconnect();
  // One that does not host the sandbox is at its end, and is waited for: it is nobody's afterwards.
  if (answer.kind !== 'ready' && child.pid !== undefined && child.exitCode === null) await ended;
  child.unref();
  if (answer.kind === 'busy')
    throw new ProjectStartingError(`another process is starting the project ${paths.project}`);
  if (answer.kind === 'failed') throw new BackgroundError(`the sandbox could not start: ${answer.message}`);
  return answer.record;
}

async function openLog(paths: ProjectPaths) {
  try {
    await ensureFolder(paths.root, 0o700);
    return await open(paths.log, 'a', 0o600);
  } catch (cause) {
    throw new BackgroundError(`the sandbox could not start: ${explainStartFailure(cause, paths)}`, { cause });
  }
}

/** The background process's own life: takes its order, hosts the sandbox, ends on SIGTERM or when told by the control socket. */
export async function runInBackground(signal: AbortSignal): Promise<void> {
  const order = await new Promise<Order>((resolve) => process.once('message', (message) => resolve(message as Order)));
  const answer = (message: Answer): Promise<void> =>
    new Promise((sent) => process.send?.(message, () => sent()) ?? sent());
  const paths = projectPaths(order.home, parseProjectName(order.project));
  try {
    const { plan, planDigest, composeFile, settings, services } = order;
    await using hosted = await hostSandbox({
      plan,
      planDigest,
      composeFile,
      settings,
      ...(services && { services }),
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
    if (error instanceof ProjectBusyError) return await answer({ kind: 'busy' });
    await answer({ kind: 'failed', message: explainStartFailure(error, paths) });
    throw error;
  }
}
