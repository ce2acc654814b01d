import { unlinkSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestHex, isDigest, isJsonObject, type JsonObject, parseJson } from '../../core/index.ts';
import { writeDurably } from './durable-file.ts';

const SUFFIX = '.json';

/** Small JSON records by sha256 digest, one file each, all held in memory. `parse` gives undefined for what is none. */
export class Records<R> {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #records = new Map<Digest, R>();

  private constructor(folder: string, temporary: string) {
    this.#folder = folder;
    this.#temporary = temporary;
  }

  static async open<R>(
    folder: string,
    temporary: string,
    parse: (id: Digest, value: JsonObject) => R | undefined,
  ): Promise<Records<R>> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const records = new Records<R>(folder, temporary);
    const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX));
    await Promise.all(
      names.map(async (name) => {
        const id = `sha256:${name.slice(0, -SUFFIX.length)}`;
        if (!isDigest(id)) return;
        const value = parseJson(await readFile(join(folder, name)));
        const record = isJsonObject(value) ? parse(id, value) : undefined;
        if (record !== undefined) records.#records.set(id, record);
      }),
    );
    return records;
  }

  find(id: Digest): R | undefined {
    return this.#records.get(id);
  }

  values(): IterableIterator<R> {
    return this.#records.values();
  }

  ids(): IterableIterator<Digest> {
    return this.#records.keys();
  }

  /** On disk first, then in memory. */
  async put(id: Digest, record: R): Promise<void> {
    await writeDurably(this.#path(id), JSON.stringify(record), this.#temporary);
    this.#records.set(id, record);
  }

  removeNow(id: Digest): void {
    if (!this.#records.delete(id)) return;
    unlinkSync(this.#path(id));
  }

  #path(id: Digest): string {
    return join(this.#folder, digestHex(id) + SUFFIX);
  }
}
