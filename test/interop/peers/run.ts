import { spawn } from 'node:child_process';

/** What a program did. */
export interface Outcome {
  readonly command: string;
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Added to PATH and what the machine needs; nothing else of this process's environment is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  /** Names that the program shall find at these addresses, in its /etc/hosts alone. */
  readonly hosts?: Hosts;
}

/** Addresses by name: `{ sandboxregistry: '127.71.0.2' }`. */
export type Hosts = Readonly<Record<string, string>>;

/** Runs a program to its end, whatever its status. Ended after `timeoutMs`: status -1. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { env = {}, input = '', cwd, timeoutMs = 150_000, hosts = {} } = options;
  const [program, ...programArgs] = withHosts([command, ...args], hosts);
  return new Promise((resolve, reject) => {
    const child = spawn(program ?? command, programArgs, { env: plainEnvironment(env), cwd, timeout: timeoutMs });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (status) =>
      resolve({
        command: [command, ...args].join(' '),
        status: status ?? -1,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
    child.stdin.on('error', () => undefined); // it may not want any
    child.stdin.end(input);
  });
}

/** The same command with an /etc/hosts of its own, in a mount namespace; the machine's is not touched. */
export function withHosts(command: readonly string[], hosts: Hosts): string[] {
  const lines = Object.entries(hosts).map(([name, address]) => `${address} ${name}`);
  if (lines.length === 0) return [...command];
  const script = [
    'file=$(mktemp)',
    'cat /etc/hosts > "$file"',
    'printf "%s\\n" "$0" >> "$file"',
    'chmod 644 "$file"',
    'mount --bind "$file" /etc/hosts',
    'rm "$file"',
    'exec "$@"',
  ].join(' && ');
  const namespace = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-Urm'];
  return [...namespace, 'sh', '-c', script, lines.join('\n'), ...command];
}

/** No passphrases, configuration or certificates of this machine reach a peer unless a test gives them. */
export function plainEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: '/nonexistent', LANG: 'C.UTF-8', ...env };
}
