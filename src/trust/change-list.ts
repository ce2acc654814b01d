import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../core/index.ts';
import { type Change, ChangeInvalidError } from './change.ts';
import { type ChangeFile, parseChange, readChangeFile } from './change-file.ts';
import { formatChange } from './format-change.ts';
import { findFile, listFolder, makePrivateFolder, removeFile, writePrivateFile } from './private-file.ts';

/** A change that waits, and the file it waits in. */
export interface StagedChange {
  readonly file: string;
  readonly change: Change;
}

const MAX_CHANGE_BYTES = 1024 * 1024;
const NANOSECONDS_PER_MS = 1_000_000n;
const EXTENSION = '.change';

/**
 * What waits for the next publish of one GUN: a folder of files, in the order of their names, which are times. Notary
 * and docker read and write the same folder.
 */
export class ChangeList {
  readonly #folder: string;
  readonly #clock: Clock;
  #lastTime = 0n;

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  async add(change: Change): Promise<void> {
    const now = BigInt(this.#clock.now().getTime()) * NANOSECONDS_PER_MS;
    this.#lastTime = now > this.#lastTime ? now : this.#lastTime + 1n;
    const name = `${String(this.#lastTime).padStart(20, '0')}_${randomUUID()}${EXTENSION}`;
    await makePrivateFolder(this.#folder);
    await writePrivateFile(join(this.#folder, name), formatChange(change));
  }

  /** @throws {ChangeInvalidError} a file that is no change; it names the file, which is left where it is */
  async list(): Promise<readonly StagedChange[]> {
    return Promise.all((await this.#files()).map((file) => this.#read(file, parseChange)));
  }

  /** What is staged, in order, as Notary names it. @throws {ChangeInvalidError} */
  async show(): Promise<readonly ChangeFile[]> {
    const found = await Promise.all((await this.#files()).map((file) => this.#read(file, readChangeFile)));
    return found.map(({ change }) => change);
  }

  /** Removes changes by their place in the list, counted from 0; places that are not there are passed over. */
  async removeAt(places: ReadonlySet<number>): Promise<void> {
    const files = (await this.#files()).filter((_, place) => places.has(place));
    await Promise.all(files.map((file) => removeFile(join(this.#folder, file))));
  }

  /** Removes the changes given, and no other that came meanwhile. */
  async remove(staged: readonly StagedChange[]): Promise<void> {
    await Promise.all(staged.map(({ file }) => removeFile(join(this.#folder, file))));
  }

  /** Removes all. */
  async clear(): Promise<void> {
    for (const name of await listFolder(this.#folder)) await removeFile(join(this.#folder, name));
  }

  async #files(): Promise<readonly string[]> {
    return (await listFolder(this.#folder)).filter((name) => !name.startsWith('.'));
  }

  async #read<T>(
    file: string,
    parse: (bytes: Uint8Array) => T,
  ): Promise<{ readonly file: string; readonly change: T }> {
    const path = join(this.#folder, file);
    try {
      return { file, change: parse((await findFile(path, MAX_CHANGE_BYTES)) ?? Buffer.alloc(0)) };
    } catch (cause) {
      throw new ChangeInvalidError(`cannot apply the change in ${path}: ${(cause as Error).message}`, { cause });
    }
  }
}
