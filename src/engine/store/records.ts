import { readFileSync, unlinkSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestHex, isDigest, isJsonObject, type JsonObject, parseJson } from '../../core/index.ts';
import { writeDurably } from './durable-file.ts';

const SUFFIX = '.json';

/**
 * Small JSON records by sha256 digest, one file each. Opening only lists them; each is read when it is first asked for,
 * and held in memory then. `parse` gives undefined for what is none.
 */
export class Records<R> {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #parse: (id: Digest, value: JsonObject) => R | undefined;
  readonly #records = new Map<Digest, R>();
  readonly #unread: Set<Digest>;

  private constructor(
    folder: string,
    temporary: string,
    parse: (id: Digest, value: JsonObject) => R | undefined,
    unread: Set<Digest>,
  ) {
    this.#folder = folder;
    this.#temporary = temporary;
    this.#parse = parse;
    this.#unread = unread;
  }

  static async open<R>(
    folder: string,
    temporary: string,
    parse: (id: Digest, value: JsonObject) => R | undefined,
  ): Promise<Records<R>> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX));
    const ids = names.map((name) => `sha256:${name.slice(0, -SUFFIX.length)}`).filter(isDigest);
    return new Records<R>(folder, temporary, parse, new Set(ids));
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

  /** On disk first, then in memory. */
  async put(id: Digest, record: R): Promise<void> {
    await writeDurably(this.#path(id), JSON.stringify(record), this.#temporary);
    this.#unread.delete(id);
    this.#records.set(id, record);
  }

  removeNow(id: Digest): void {
    const isKnown = this.#records.delete(id) || this.#unread.delete(id);
    if (!isKnown) return;
    unlinkSync(this.#path(id));
  }

  /** Without waiting: thousands of small files take longer by a promise each. */
  #read(id: Digest): void {
    this.#unread.delete(id);
    const value = parseJson(readFileSync(this.#path(id)));
    const record = isJsonObject(value) ? this.#parse(id, value) : undefined;
    if (record !== undefined) this.#records.set(id, record);
  }

  #path(id: Digest): string {
    return join(this.#folder, digestHex(id) + SUFFIX);
  }
}
