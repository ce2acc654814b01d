import { StringDecoder } from 'node:string_decoder';
import type { Prompter } from '../trust/index.ts';
import { ExitError } from './command.ts';
import type { Input, Io } from './io.ts';

const CTRL_C = '\x03';
const CTRL_D = '\x04';
const CTRL_U = '\x15';
const BACKSPACES: ReadonlySet<string> = new Set(['\b', '\x7f']);
const STATUS_INTERRUPTED = 130;

/** What was read of an input and not yet asked for: a pipe, or a quick typist, may be ahead of the questions. */
const readers = new WeakMap<Input, LineReader>();

/** Asks for passphrases on stdout, as docker does, with a terminal or without one. */
export function ioPrompter(io: Io): Prompter {
  return {
    say: (line) => io.stdout.write(`${line}\n`),
    async askHidden(prompt) {
      try {
        return await readerOf(io.stdin).line({ hidden: true, signal: io.signal, ask: () => io.stdout.write(prompt) });
      } finally {
        io.stdout.write('\n');
      }
    },
  };
}

/** Asks `question [y/N] `; only `y` and `Y` are a yes. @throws {ExitError} Ctrl-C */
export async function confirm(io: Io, question: string): Promise<boolean> {
  const answer = await askLine(io, `${question} [y/N] `);
  return answer?.trim().toLowerCase() === 'y';
}

/** Asks for a line that may be seen; `undefined` when there is none. @throws {ExitError} Ctrl-C */
export async function askLine(io: Io, question: string): Promise<string | undefined> {
  return readerOf(io.stdin).line({ hidden: false, signal: io.signal, ask: () => io.stdout.write(question) });
}

function readerOf(input: Input): LineReader {
  const reader = readers.get(input) ?? new LineReader(input);
  readers.set(input, reader);
  return reader;
}

interface LineRequest {
  readonly hidden: boolean;
  readonly signal: AbortSignal;
  /** Prints the question; called when the terminal no longer echoes, so that a quick answer is not shown. */
  ask(): void;
}

/** Reads lines, one question at a time; between questions the input rests, so that the program can end. */
class LineReader {
  readonly #input: Input;
  readonly #decoder = new StringDecoder('utf8');
  /** Read ahead, by characters. */
  #ahead: string[] = [];
  #isAtEnd = false;

  constructor(input: Input) {
    this.#input = input;
  }

  /** The next line without its end; `undefined` when there is no more. @throws {ExitError} Ctrl-C, or `signal` */
  async line({ hidden, signal, ask }: LineRequest): Promise<string | undefined> {
    const isRaw = hidden && this.#input.isTerminal;
    const stream = this.#input.raw;
    if (isRaw) stream.setRawMode(true);
    try {
      ask();
      const typed: string[] = [];
      for (;;) {
        for (let char = this.#ahead.shift(); char !== undefined; char = this.#ahead.shift()) {
          if (char === '\n' || (char === '\r' && this.#input.isTerminal)) return typed.join('');
          if (isRaw) edit(typed, char);
          else typed.push(char);
          if (isRaw && char === CTRL_D && typed.length === 0) return undefined;
        }
        if (this.#isAtEnd) return typed.length > 0 ? typed.join('') : undefined;
        await this.#readMore(signal);
      }
    } finally {
      if (isRaw) stream.setRawMode(false);
      stream.pause();
    }
  }

  #readMore(signal: AbortSignal): Promise<void> {
    const stream = this.#input.raw;
    return new Promise((resolve, reject) => {
      const onData = (chunk: Buffer | string): void => {
        this.#ahead = [...(typeof chunk === 'string' ? chunk : this.#decoder.write(chunk))];
        settle(resolve);
      };
      const onEnd = (): void => {
        this.#isAtEnd = true;
        settle(resolve);
      };
      const onAbort = (): void => settle(() => reject(new ExitError(STATUS_INTERRUPTED)));
      const settle = (then: () => void): void => {
        stream.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd);
        signal.removeEventListener('abort', onAbort);
        stream.pause();
        then();
      };
      if (signal.aborted) return onAbort();
      if (stream.readableEnded || stream.destroyed) return onEnd();
      signal.addEventListener('abort', onAbort);
      stream.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onEnd);
      stream.resume();
    });
  }
}

/** A terminal that is read without echo edits nothing itself. */
function edit(typed: string[], char: string): void {
  if (char === CTRL_C) throw new ExitError(STATUS_INTERRUPTED);
  if (char === CTRL_U) typed.length = 0;
  else if (BACKSPACES.has(char)) typed.pop();
  else if (char !== CTRL_D) typed.push(char);
}
