import { spawn } from 'node:child_process';
import { styleText } from 'node:util';
import { type Io, type Output, printLine } from '../io.ts';

/** What a command did when it was shown. */
export interface Shown {
  readonly command: string;
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where the walk-through plays: runs real commands of this program and shows each with what it prints. */
export class Stage {
  /** Variables set in the client's shell from here on. */
  trust: Readonly<Record<string, string>> = {};
  readonly #io: Io;
  readonly #folder: string;
  readonly #program: string;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(io: Io, folder: string, program: string, environment: Readonly<Record<string, string>>) {
    this.#io = io;
    this.#folder = folder;
    this.#program = program;
    this.#environment = environment;
  }

  title(text: string): void {
    printLine(this.#io.stdout, `\n${this.#paint('bold', `── ${text}`)}`);
  }

  note(text: string): void {
    printLine(this.#io.stdout, this.#paint('dim', `   (${text})`));
  }

  /** Shows a command of the client's shell that changes nothing but the shell. */
  show(command: string): void {
    printLine(this.#io.stdout, this.#paint('cyan', `/ # ${command}`));
  }

  /** A command on the host. */
  host(shown: string, args: readonly string[]): Promise<Shown> {
    return this.#play(`$ ${shown}`, shown, args);
  }

  /** A command in the client box. The passphrases go along by name, so they stand in no argument list. */
  client(command: string): Promise<Shown> {
    const own = Object.entries(this.trust).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const secrets = ['ROOT', 'REPOSITORY'].flatMap((key) => ['-e', `DOCKER_CONTENT_TRUST_${key}_PASSPHRASE`]);
    return this.#play(`/ # ${command}`, command, [
      'container',
      'exec',
      ...own,
      ...secrets,
      'trustsandbox',
      'sh',
      '-c',
      command,
    ]);
  }

  /** A command in the registry's box. */
  registry(command: string): Promise<Shown> {
    return this.#play(`root@sandboxregistry:/# ${command}`, command, [
      'container',
      'exec',
      'sandboxregistry',
      'bash',
      '-c',
      command,
    ]);
  }

  /** A command whose output is of no interest. */
  async quietly(...args: string[]): Promise<void> {
    await this.#run('', args, undefined);
  }

  async #play(prompt: string, command: string, args: readonly string[]): Promise<Shown> {
    printLine(this.#io.stdout, this.#paint('cyan', prompt));
    return this.#run(command, args, this.#io.stdout);
  }

  #run(command: string, args: readonly string[], out: Output | undefined): Promise<Shown> {
    const child = spawn(process.execPath, [this.#program, ...args], {
      cwd: this.#folder,
      env: { ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { stdout: '', stderr: '' };
    const fold = new RetryFold(out);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        text[name] += chunk;
        fold.write(chunk);
      });
    }
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        fold.end();
        resolve({ command, status: code ?? 1, ...text });
      });
    });
  }

  #paint(format: 'bold' | 'cyan' | 'dim', text: string): string {
    return this.#io.stdout.isTerminal ? styleText(format, text) : text;
  }
}

/** Shows lines as they come, but of a countdown only its first line and how many followed. */
class RetryFold {
  readonly #out: Output | undefined;
  #partial = '';
  #folded = 0;

  constructor(out: Output | undefined) {
    this.#out = out;
  }

  write(chunk: string): void {
    const lines = (this.#partial + chunk).split('\n');
    this.#partial = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  end(): void {
    if (this.#partial) this.#line(this.#partial);
    this.#flush();
  }

  #line(line: string): void {
    if (/: Retrying in \d+ seconds?$/.test(line)) {
      this.#folded += 1;
      if (this.#folded > 1) return;
    } else this.#flush();
    if (this.#out) printLine(this.#out, line);
  }

  #flush(): void {
    if (this.#out && this.#folded > 1) printLine(this.#out, `  … ${this.#folded - 1} more lines of the countdown`);
    this.#folded = 0;
  }
}
