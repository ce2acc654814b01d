import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The two that are measured. Both read the same configuration, but for their address. */
export const SERVERS = ['trustsandbox', 'docker-registry'] as const;
export type ServerName = (typeof SERVERS)[number];

/** Which core the server has for itself, and which the load. */
export const CORES = { server: '0', load: '1' } as const;

/** Somewhat before the rest of the machine, which may be busy; only root may say so. */
export const PRIORITY = ['-n', process.getuid?.() === 0 ? '-5' : '0'] as const;

const HOSTS: Record<ServerName, string> = { trustsandbox: '127.71.8.1', 'docker-registry': '127.71.8.2' };

export interface RunningServer extends AsyncDisposable {
  readonly name: ServerName;
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from the start of the process to its first answer. */
  readonly startMs: number;
  /** Seconds of processor time used so far. */
  processorSeconds(): number;
  /** The most memory it ever had, in bytes. */
  peakMemory(): number;
}

const TICKS_PER_SECOND = 100;

/** Starts a server on its core, over the storage tree in `root`. */
export async function startRegistry(name: ServerName, root: string, folder: string): Promise<RunningServer> {
  const address = `${HOSTS[name]}:5000`;
  const config = join(folder, `${name}.yml`);
  writeFileSync(
    config,
    [
      'version: 0.1',
      'log: { level: error, accesslog: { disabled: true } }',
      `storage: { filesystem: { rootdirectory: ${root} }, delete: { enabled: true } }`,
      `http: { addr: "${address}" }`,
    ].join('\n'),
  );
  const command =
    name === 'trustsandbox'
      ? [process.execPath, join(process.cwd(), 'bin', 'trustsandbox.mjs'), 'serve', 'registry', config]
      : ['docker-registry', 'serve', config];
  const began = performance.now();
  const child = spawn('nice', [...PRIORITY, 'taskset', '-c', CORES.server, ...command], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, HOME: folder },
  });
  const url = `http://${address}`;
  await firstAnswer(child, url);
  const pid = child.pid ?? 0;
  return {
    name,
    url,
    pid,
    startMs: performance.now() - began,
    processorSeconds() {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    },
    peakMemory: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function firstAnswer(child: ChildProcess, url: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
    if (child.exitCode !== null) throw new Error(`the server at ${url} ended with ${child.exitCode}`);
    const isUp = await fetch(`${url}/v2/`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`no answer from ${url}`);
}
