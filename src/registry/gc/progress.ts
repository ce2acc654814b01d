import { hostname } from 'node:os';
import { type Clock, isJsonObject, JsonMalformedError, parseJson, TrustSandboxError } from '../../core/index.ts';
import { isKeyName, KeyNotFoundError, readObject, type StorageDriver } from '../../storage/index.ts';
import { PROGRESS, sweepKey } from './layout.ts';

/** Where a collection is: in which repository, or at which folder of blobs. Both are gone through in code-point order. */
export interface Position {
  readonly phase: 'repositories' | 'blobs';
  /** The last one that is done; empty before the first. */
  readonly done: string;
}

/** Another collection is at work on this storage. */
export class CollectionUnderWayError extends TrustSandboxError {
  readonly code = 'COLLECTION_UNDER_WAY';
  constructor(holder: string) {
    super(`another collection is under way (${holder})`);
  }
}

/** A collection that has not said anything for so long has ended. */
const SILENT_MS = 2 * 60_000;
const MAX_BYTES = 64 * 1024;
const START: Position = { phase: 'repositories', done: '' };

/** The note in storage that lets a collection go on where an earlier one was cut off, and two not do the same work. */
export class Progress {
  readonly #driver: StorageDriver;
  readonly #clock: Clock;
  /** What is being done: one with other options does not continue this one. */
  readonly #task: string;
  readonly #id: string;

  constructor(driver: StorageDriver, clock: Clock, { task, id }: { readonly task: string; readonly id: string }) {
    this.#driver = driver;
    this.#clock = clock;
    this.#task = task;
    this.#id = id;
  }

  /** Where to begin. @throws {CollectionUnderWayError} */
  async begin(): Promise<Position> {
    const note = await this.#read();
    if (!note) return START;
    const { id, task, host, pid, at, phase, done } = note;
    const isSilent = this.#clock.now().getTime() - Number(at) > SILENT_MS;
    const isDead = host === hostname() && !isRunning(Number(pid));
    if (isDead && typeof id === 'string' && isKeyName(id)) await this.#driver.delete(sweepKey(id)); // nobody need wait for it
    if (!isSilent && !isDead) {
      throw new CollectionUnderWayError(`process ${pid} on ${host}`);
    }
    if (task !== this.#task || (phase !== 'repositories' && phase !== 'blobs') || typeof done !== 'string')
      return START;
    return { phase, done };
  }

  /** Notes it, and answers what the store's own clock says: ages in it are compared with nothing else. */
  async note({ phase, done }: Position): Promise<Date> {
    const at = this.#clock.now();
    const note = { id: this.#id, task: this.#task, host: hostname(), pid: process.pid, at: at.getTime(), phase, done };
    await this.#driver.write(PROGRESS, [Buffer.from(JSON.stringify(note))]);
    return (await this.#driver.stat(PROGRESS))?.modifiedAt ?? at;
  }

  async end(): Promise<void> {
    await this.#driver.delete(PROGRESS);
  }

  async #read() {
    try {
      const note = parseJson(await readObject(this.#driver, PROGRESS, MAX_BYTES));
      return isJsonObject(note) ? note : undefined;
    } catch (error) {
      if (error instanceof KeyNotFoundError || error instanceof JsonMalformedError) return undefined;
      throw error;
    }
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false; // an earlier one of our own, or of a process that had our number
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
