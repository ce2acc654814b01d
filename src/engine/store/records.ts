import { readFileSync, unlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestHex, isDigest, isJsonObject, type JsonObject, parseJson } from '../../core/index.ts';
import { ensureFolder } from '../../files/index.ts';
import type { Staged } from './staged.ts';

const SUFFIX = '.json';

/**
 * Small JSON records by sha256 digest, one file each in a folder of the store. Opening only lists them; each is read when
 * it is first asked for, and held in memory then. `parse` gives undefined for what is none.
 */
export class Records<R> {
  readonly #root: string;
  readonly #folder: string;
  readonly #parse: (id: Digest, value: JsonObject) => R | undefined;
  readonly #records = new Map<Digest, R>();
  readonly #unread: Set<Digest>;
  /** What was there before what is staged. */
  #staged = new Map<Digest, R | undefined>();

  private constructor(
    root: string,
    folder: string,
    parse: (id: Digest, value: JsonObject) => R | undefined,
    unread: Set<Digest>,
  ) {
    this.#root = root;
    this.#folder = folder;
    this.#parse = parse;
    this.#unread = unread;
  }

  static async open<R>(
    root: string,
    folder: string,
    parse: (id: Digest, value: JsonObject) => R | undefined,
  ): Promise<Records<R>> {
    await ensureFolder(join(root, folder), 0o700);
    const names = (await readdir(join(root, folder))).filter((name) => name.endsWith(SUFFIX));
    const ids = names.map((name) => `sha256:${name.slice(0, -SUFFIX.length)}`).filter(isDigest);
    return new Records<R>(root, folder, parse, new Set(ids));
  }

  find(id: Digest): R | undefined {
    if (this.#unread.has(id)) this.#read(id);
    return this.#records.get(id);
  }

  values(): IterableIterator<R> {
    for (const id of this.#unread) this.#read(id);
    return this.#records.values();
  }

  ids(): Digest[] {
    return [...this.#records.keys(), ...this.#unread];
  }

  /** In memory at once, on disk when what is staged is published. */
  stage(id: Digest, record: R): void {
    const before = this.find(id);
    if (!this.#staged.has(id)) this.#staged.set(id, before);
    this.#records.set(id, record);
  }

  /** All that is staged, to be published or undone. */
  takeStaged(): Staged {
    const taken = this.#staged;
    this.#staged = new Map();
    const files = [...taken.keys()].map((id): [string, string] => [
      this.#name(id),
      JSON.stringify(this.#records.get(id)),
    ]);
    return { files: new Map(files), undo: () => this.#undo(taken) };
  }

  /** Not while what is staged is being published. */
  removeNow(id: Digest): void {
    const isKnown = this.#records.delete(id) || this.#unread.delete(id);
    if (!isKnown) return;
    this.#staged.delete(id);
    try {
      unlinkSync(join(this.#root, this.#name(id)));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown; // it was staged, and nothing more
    }
  }

  #undo(taken: ReadonlyMap<Digest, R | undefined>): void {
    for (const [id, before] of taken) {
      if (this.#staged.has(id)) this.#staged.set(id, before);
      else if (before === undefined) this.#records.delete(id);
      else this.#records.set(id, before);
    }
  }

  /** Without waiting: thousands of small files take longer by a promise each. */
  #read(id: Digest): void {
    this.#unread.delete(id);
    const value = parseJson(readFileSync(join(this.#root, this.#name(id))));
    const record = isJsonObject(value) ? this.#parse(id, value) : undefined;
    if (record !== undefined) this.#records.set(id, record);
  }

  #name(id: Digest): string {
    return join(this.#folder, digestHex(id) + SUFFIX);
  }
}
