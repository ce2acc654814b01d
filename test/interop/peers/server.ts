import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Hosts, plainEnvironment, withHosts } from './run.ts';

/** A real server, running until it is disposed of. */
export interface PeerServer extends AsyncDisposable {
  readonly pid: number;
  /** Everything it has written so far, to stdout and stderr. */
  log(): Promise<string>;
}

export interface ServerOptions {
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly hosts?: Hosts;
  /** Is it up? Asked until it says yes; a throw is a no. */
  readonly isReady: () => Promise<boolean>;
  readonly startMs?: number;
}

/** Starts a program that stays. @throws when it ends or is not ready in time, with what it wrote */
export async function startServer(
  command: string,
  args: readonly string[],
  { logFile, env = {}, hosts = {}, isReady, startMs = 30_000 }: ServerOptions,
): Promise<PeerServer> {
  const [program, ...programArgs] = withHosts([command, ...args], hosts);
  const out = createWriteStream(logFile);
  const child = spawn(program ?? command, programArgs, {
    env: plainEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(out, { end: false });
  child.stderr.pipe(out, { end: false });
  let ended: string | undefined;
  const exit = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      ended = error.message;
      resolve();
    });
    child.on('close', (status, signal) => {
      ended ??= `ended with ${signal ?? status}`;
      out.end();
      resolve();
    });
  });
  const log = (): Promise<string> => readFile(logFile, 'utf8');
  const stop = async (): Promise<void> => {
    if (ended === undefined) child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await exit;
    clearTimeout(patience);
    if (!out.closed) await finished(out).catch(() => undefined);
  };
  for (const deadline = Date.now() + startMs; ; await sleep(20)) {
    if (ended === undefined && (await isReady().catch(() => false))) break;
    if (ended === undefined && Date.now() < deadline) continue;
    const why = ended ?? `not ready after ${startMs} ms`;
    await stop();
    throw new Error(`${command} ${why}:\n${(await log()).slice(-4000)}`);
  }
  return { pid: child.pid ?? 0, log, [Symbol.asyncDispose]: stop };
}
