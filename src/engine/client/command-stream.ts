import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { EngineProtocolError } from './errors.ts';

const MAX_STDERR_CHARACTERS = 4096;

/** The standard streams of a command as a connection; HTTP's agent may treat it as a socket. */
export class CommandStream extends Duplex {
  readonly #child: ChildProcess;
  readonly #command: readonly string[];
  #stderr = '';

  constructor([file, ...args]: readonly [string, ...string[]]) {
    super();
    this.#command = [file, ...args];
    const child = spawn(file, args, { stdio: 'pipe' });
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR_CHARACTERS);
    });
    child.stdin.on('error', () => undefined); // it ended; `close` says how
    child.once('error', (cause) => this.destroy(cause));
    child.once('close', (status) => {
      if (status === 0 || status === null) this.push(null);
      else this.destroy(this.#failure(status));
    });
  }

  override _read(): void {
    this.#child.stdout?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#child.stdin?.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin?.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { stdin, stdout, stderr } = this.#child;
    for (const stream of [stdin, stdout, stderr]) stream?.destroy();
    this.#child.kill();
    this.#child.unref(); // a command that does not heed it must not keep us
    done(error);
  }

  // What HTTP's agent asks of sockets, and a command has not.
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    this.#child.ref();
    return this;
  }
  unref(): this {
    this.#child.unref();
    return this;
  }

  #failure(status: number): Error {
    const command = this.#command.join(' ');
    return new EngineProtocolError(
      `command [${command}] has exited with exit status ${status}, make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=${this.#stderr}`,
    );
  }
}
