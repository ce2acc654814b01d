import { createRequire } from 'node:module';
import type { Worker } from 'node:worker_threads';

/** What the thread does; CommonJS, for it is handed over as text. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { compareSync } = require(workerData);
parentPort.on('message', ({ id, password, hash }) => {
  let matches = false;
  try { matches = compareSync(password, hash); } catch {}
  parentPort.postMessage({ id, matches });
});`;

/**
 * Compares passwords with bcrypt hashes in a thread of its own: each takes some 60 ms of a processor, and those who guess must
 * not take them from everybody else's requests. Where a thread cannot have the library, it is done here.
 */
export class PasswordChecker {
  readonly #waiting = new Map<number, (matches: boolean) => void>();
  #worker: Worker | undefined;
  #hasThread = true;
  #count = 0;

  async matches(password: string, hash: string): Promise<boolean> {
    const worker = this.#hasThread ? await this.#thread() : undefined;
    if (!worker) return (await import('bcryptjs')).compare(password, hash);
    const id = ++this.#count;
    worker.ref();
    return new Promise<boolean>((resolve) => {
      this.#waiting.set(id, resolve);
      worker.postMessage({ id, password, hash });
    });
  }

  async #thread(): Promise<Worker | undefined> {
    if (this.#worker) return this.#worker;
    try {
      const library = createRequire(import.meta.url).resolve('bcryptjs');
      const { Worker } = await import('node:worker_threads');
      this.#worker ??= this.#listenTo(new Worker(THREAD, { eval: true, workerData: library }));
    } catch {
      this.#hasThread = false;
    }
    return this.#worker;
  }

  #listenTo(worker: Worker): Worker {
    worker.unref();
    worker.on('message', ({ id, matches }: { id: number; matches: boolean }) => this.#settle(id, matches));
    worker.on('error', () => {
      this.#hasThread = false;
    });
    worker.on('exit', () => {
      this.#worker = undefined;
      for (const id of [...this.#waiting.keys()]) this.#settle(id, false);
    });
    return worker;
  }

  #settle(id: number, matches: boolean): void {
    this.#waiting.get(id)?.(matches);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker?.unref();
  }
}
