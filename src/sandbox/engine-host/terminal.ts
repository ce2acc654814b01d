import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { HostProcess, TerminalSize } from '../../engine/index.ts';
import type { BoxLaunch } from '../box.ts';
import { killGroup, spawned, statusOf } from './box-process.ts';

const MAX_NAME_BYTES = 256;

/**
 * Runs a command on a pseudo-terminal: util-linux's `script` has the master's side on its standard streams, and tells by
 * file descriptor 3 which device the command has, whose size `stty` changes.
 * @throws {ProcessRefusedError} there is no `script`
 */
export async function openTerminal(launch: BoxLaunch, size: TerminalSize): Promise<HostProcess> {
  const { rows, columns } = size;
  const begin = `unset SHELL; tty >&3; exec 3>&-; stty rows ${rows} cols ${columns}`;
  const command = `${begin}; exec ${[launch.file, ...launch.args].map(quote).join(' ')}`;
  const child = spawn('script', ['-q', '-e', '-f', '-E', 'always', '-c', command, '/dev/null'], {
    env: { ...launch.environment, SHELL: '/bin/sh' },
    cwd: launch.workingFolder,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
  });
  await spawned(child, { ...launch, file: 'script' });
  const device = readLine(child.stdio[3] as Readable);
  return {
    pid: child.pid ?? 0,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout as Readable,
    stderr: undefined,
    exited: statusOf(child),
    resize: async (wanted) => setSize(await device, wanted),
    kill: () => killGroup(child),
  };
}

/** A word as a shell takes it for one. */
function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** What comes before the first line's end. */
async function readLine(source: Readable): Promise<string> {
  let text = '';
  for await (const chunk of source as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.includes('\n') || text.length > MAX_NAME_BYTES) break; // `script` keeps its end open
  }
  return text.split('\n', 1)[0] ?? '';
}

/** Tells the kernel, which tells the programs on the terminal. One that has gone has no size. */
function setSize(device: string, { rows, columns }: TerminalSize): Promise<void> {
  if (!/^\/dev\/[\w/]+$/.test(device)) return Promise.resolve();
  return new Promise((resolve) => {
    const child = spawn('stty', ['-F', device, 'rows', String(rows), 'cols', String(columns)], { stdio: 'ignore' });
    child.once('exit', () => resolve()).once('error', () => resolve());
  });
}
