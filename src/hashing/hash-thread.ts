import { Worker } from 'node:worker_threads';

/** How long the thread waits for more work before it ends. */
const IDLE_MS = 5_000;

/** It needs next to nothing. */
const LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16, stackSizeMb: 1 };

/** What the thread runs: it answers each message with nothing or a hash, in their order. */
const PROGRAM = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const hashes = new Map();
parentPort.on('message', ({ id, algorithm, bytes, isEnd }) => {
  if (isEnd) return void hashes.delete(id);
  if (!hashes.has(id)) hashes.set(id, createHash(algorithm));
  if (bytes) hashes.get(id).update(bytes);
  parentPort.postMessage(bytes ? '' : hashes.get(id).copy().digest('hex'));
});`;

interface Waiting {
  resolve(hex: string): void;
  reject(cause: Error): void;
}

/** One hash that grows on the thread. `bytes` must lie in shared memory, and stay as they are until `update` resolves. */
export interface ThreadHash {
  update(bytes: Uint8Array): Promise<unknown>;
  /** Hex of all so far; more may follow. */
  digest(): Promise<string>;
  /** Forgets it. */
  end(): void;
}

/** The thread of this process that hashes what is large; it runs while there is something to hash, and for some seconds after. */
class HashThread {
  readonly #worker = new Worker(PROGRAM, { eval: true, execArgv: [], env: {}, resourceLimits: LIMITS, name: 'hash' });
  readonly #waiting: Waiting[] = [];
  readonly #onEnd: () => void;
  #count = 0;
  #nextId = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#worker.unref();
    this.#worker.on('message', (hex: string) => {
      const next = this.#waiting.shift();
      if (this.#waiting.length === 0) this.#worker.unref();
      next?.resolve(hex);
    });
    this.#worker.on('error', (cause) => this.#fail(cause));
    this.#worker.on('exit', () => this.#fail(new Error('the thread that hashes has ended')));
  }

  open(algorithm: string): ThreadHash {
    clearTimeout(this.#idle);
    this.#count += 1;
    const id = this.#nextId++;
    return {
      update: (bytes) => this.#ask({ id, algorithm, bytes }),
      digest: () => this.#ask({ id, algorithm }),
      end: () => {
        this.#worker.postMessage({ id, isEnd: true });
        this.#count -= 1;
        if (this.#count === 0) this.#idle = setTimeout(() => this.#stop(), IDLE_MS).unref();
      },
    };
  }

  #ask(message: object): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) this.#worker.ref(); // the process lives as long as somebody waits
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(message);
    });
  }

  #stop(): void {
    this.#onEnd();
    void this.#worker.terminate();
  }

  #fail(cause: Error): void {
    this.#onEnd();
    for (const { reject } of this.#waiting.splice(0)) reject(cause);
  }
}

let running: HashThread | undefined;

/** Begins a hash on the thread, which is started when there is none. */
export function openThreadHash(algorithm: string): ThreadHash {
  if (!running) {
    const thread: HashThread = new HashThread(() => {
      if (running === thread) running = undefined;
    });
    running = thread;
  }
  return running.open(algorithm);
}
