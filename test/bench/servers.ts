import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { join } from 'node:path';

/** Which core the server has for itself, and which the load. */
export const CORES = { server: '0', load: '1' } as const;

/** Somewhat before the rest of the machine, which may be busy; only root may say so. */
export const PRIORITY = ['-n', process.getuid?.() === 0 ? '-5' : '0'] as const;

/** The two that are measured in each comparison, on addresses of their own. */
export const HOSTS = { ours: '127.71.8.1', peer: '127.71.8.2' } as const;

export interface RunningServer extends AsyncDisposable {
  readonly name: string;
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

/** How to start a server. */
export interface ServerPlan {
  readonly name: string;
  readonly url: string;
  /** What is asked for until it is answered with success. */
  readonly readyPath: string;
  readonly command: readonly string[];
  /** Its home. */
  readonly folder: string;
}

/** Our own program. */
export function ourCommand(...args: string[]): string[] {
  return [process.execPath, join(process.cwd(), 'bin', 'trustsandbox.cjs'), ...args];
}

/** The registries that are compared. Both read the same configuration, but for their address. */
export const REGISTRIES = ['trustsandbox', 'docker-registry'] as const;
export type RegistryName = (typeof REGISTRIES)[number];

/** Starts a registry over the storage tree in `root`. */
export function startRegistry(name: RegistryName, root: string, folder: string): Promise<RunningServer> {
  const address = `${name === 'trustsandbox' ? HOSTS.ours : HOSTS.peer}:5000`;
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
  const command = name === 'trustsandbox' ? ourCommand('serve', 'registry', config) : [name, 'serve', config];
  return startServer({ name, url: `http://${address}`, readyPath: '/v2/', command, folder });
}

/** Starts a server on its core, and waits for its first answer. */
export async function startServer({ name, url, readyPath, command, folder }: ServerPlan): Promise<RunningServer> {
  const began = performance.now();
  const child = spawn('nice', [...PRIORITY, 'taskset', '-c', CORES.server, ...command], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, HOME: folder },
  });
  await firstAnswer(child, `${url}${readyPath}`);
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
    if ((await statusOf(url)) === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`no answer from ${url}`);
}

/** `undefined` while nobody answers. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const take = (response: IncomingMessage): void => resolve(response.resume().statusCode);
    const asking = url.startsWith('https:') ? getHttps(url, { rejectUnauthorized: false }, take) : getHttp(url, take);
    asking.on('error', () => resolve(undefined));
  });
}
