import { type IPty, spawn } from '@lydell/node-pty';

/** A program in a pseudo-terminal, typed at and read as a person would. */
export class Terminal implements Disposable {
  readonly #pty: IPty;
  #text = '';
  #seen = 0;
  #wake: () => void = () => undefined;
  readonly exit: Promise<number>;

  constructor(
    file: string,
    args: string[],
    options: { cwd: string; env: Record<string, string>; columns?: number; user?: { uid: number; gid: number } },
  ) {
    const { cwd, env, columns = 120, user } = options;
    this.#pty = spawn(file, args, { cwd, env, cols: columns, rows: 40, name: 'xterm', ...user });
    this.#pty.onData((text) => {
      this.#text += text;
      this.#wake();
    });
    this.exit = new Promise((resolve) => this.#pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  /** Types text as it is; Enter is `\r`. */
  type(text: string): void {
    this.#pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
  }

  /**
   * Resolves to what came since the last call, up to and with the first match of `pattern`.
   * @throws what was seen instead, after `timeoutMs`
   */
  async until(pattern: RegExp, timeoutMs = 15_000): Promise<string> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#wake();
    }, timeoutMs);
    try {
      while (!isLate) {
        const match = pattern.exec(this.#text.slice(this.#seen));
        if (match) {
          const end = this.#seen + match.index + match[0].length;
          const text = this.#text.slice(this.#seen, end);
          this.#seen = end;
          return text;
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
    throw new Error(`${pattern} did not come; instead: ${JSON.stringify(this.#text.slice(this.#seen))}`);
  }

  /** What came since the last call of `until`. */
  rest(): string {
    return this.#text.slice(this.#seen);
  }

  [Symbol.dispose](): void {
    this.#pty.kill('SIGKILL');
  }
}
