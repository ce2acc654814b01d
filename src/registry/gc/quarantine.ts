import { type Clock, type Digest, isJsonObject, parseJson } from '../../core/index.ts';
import {
  KeyNotFoundError,
  ObjectChangedError,
  readObject,
  type StorageDriver,
  storageKey,
} from '../../storage/index.ts';
import { blobDataKey } from '../layout.ts';
import { QUARANTINE, quarantineFolder } from './layout.ts';
import { listDigests } from './repository-scan.ts';

/** Bytes that were moved out of the tree, since they are not what their digest says. */
export interface QuarantinedBlob {
  /** Where they were. */
  readonly digest: Digest;
  /** What they hash to; `undefined` when the note about it is lost. */
  readonly found: string | undefined;
  readonly size: number;
  readonly at: Date | undefined;
}

const MAX_NOTE_BYTES = 64 * 1024;

/**
 * Damaged blobs, aside and not lost: the registry then says that it has no such blob, so that the next push brings the
 * right one, instead of serving bytes that every client refuses.
 */
export class Quarantine {
  readonly #driver: StorageDriver;
  readonly #clock: Clock;

  constructor(driver: StorageDriver, clock: Clock) {
    this.#driver = driver;
    this.#clock = clock;
  }

  /** Moves the data aside, the note first. False when it is no longer the `version` that was found to be damaged. */
  async put(digest: Digest, found: Digest, version: string): Promise<boolean> {
    const folder = quarantineFolder(digest);
    const note = { digest, found, at: this.#clock.now().toISOString() };
    await this.#driver.write(storageKey(folder, 'found'), [Buffer.from(`${JSON.stringify(note)}\n`)]);
    try {
      await this.#driver.move(blobDataKey(digest), storageKey(folder, 'data'), { version });
      return true;
    } catch (error) {
      if (!(error instanceof ObjectChangedError || error instanceof KeyNotFoundError)) throw error;
      if (!(await this.#driver.stat(storageKey(folder, 'data')))) await this.#driver.delete(folder);
      return false;
    }
  }

  async list(): Promise<QuarantinedBlob[]> {
    const all: QuarantinedBlob[] = [];
    for (const digest of await listDigests(this.#driver, QUARANTINE)) {
      const data = await this.#driver.stat(storageKey(quarantineFolder(digest), 'data'));
      if (!data) continue; // cut off before the move: the blob is where it was
      all.push({ digest, size: data.size, ...(await this.#readNote(digest)) });
    }
    return all;
  }

  /** Puts the bytes back, damaged as they are. False when there are none, or the registry has been given the blob anew. */
  async restore(digest: Digest): Promise<boolean> {
    const data = storageKey(quarantineFolder(digest), 'data');
    if (!(await this.#driver.stat(data)) || (await this.#driver.stat(blobDataKey(digest)))) return false;
    await this.#driver.move(data, blobDataKey(digest));
    await this.#driver.delete(quarantineFolder(digest));
    return true;
  }

  async #readNote(digest: Digest): Promise<Pick<QuarantinedBlob, 'found' | 'at'>> {
    const bytes = await readObject(this.#driver, storageKey(quarantineFolder(digest), 'found'), MAX_NOTE_BYTES).catch(
      (error: unknown) => {
        if (error instanceof KeyNotFoundError) return Buffer.from('{}');
        throw error;
      },
    );
    const note = parseJson(bytes);
    const { found, at } = isJsonObject(note) ? note : {};
    return {
      found: typeof found === 'string' ? found : undefined,
      at: typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? new Date(at) : undefined,
    };
  }
}
