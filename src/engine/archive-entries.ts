import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { TrustSandboxError } from '../core/index.ts';
import { unpackAny } from './compression.ts';
import type { BlobStore } from './store/blob-store.ts';
import type { Ingest } from './store/ingest.ts';
import { TarHeaders, TarSyntaxError } from './tar-headers.ts';

/** An archive that is no image archive. */
export class ImageArchiveError extends TrustSandboxError {
  readonly code = 'ENGINE_IMAGE_ARCHIVE';
}

const MAX_ENTRIES = 100_000;

/**
 * Files of an image archive, each spooled to a temporary file. Names from the archive are keys of a map and never
 * paths; links (older docker archives use them for layers that repeat) lead to other names of the map.
 */
export class ArchiveEntries implements AsyncDisposable {
  readonly #files = new Map<string, Ingest>();
  readonly #links = new Map<string, string>();

  /** Reads the whole archive, compressed or not. @throws {ImageArchiveError} */
  static async read(blobs: BlobStore, source: AsyncIterable<Uint8Array>): Promise<ArchiveEntries> {
    const entries = new ArchiveEntries();
    try {
      await entries.#spool(blobs, source);
      return entries;
    } catch (thrown) {
      await entries[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  find(name: string): Ingest | undefined {
    let key = normalName(name);
    for (let hops = 0; hops < 8; hops += 1) {
      const link = this.#links.get(key);
      if (link === undefined) return this.#files.get(key);
      key = link;
    }
    return undefined;
  }

  /** @throws {ImageArchiveError} */
  get(name: string): Ingest {
    const found = this.find(name);
    if (!found) throw new ImageArchiveError(`archive names ${JSON.stringify(name.slice(0, 200))}, which is not in it`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files.values()) await file[Symbol.asyncDispose]();
  }

  async #spool(blobs: BlobStore, source: AsyncIterable<Uint8Array>): Promise<void> {
    const archive = extract();
    const feeding = feed(archive, source);
    feeding.catch(() => undefined);
    try {
      for await (const entry of archive) {
        const { name, type, linkname } = entry.header;
        if (this.#files.size + this.#links.size > MAX_ENTRIES)
          throw new ImageArchiveError('archive has too many entries');
        const key = normalName(name);
        if (type === 'file') await this.#keep(blobs, key, entry as unknown as Readable);
        else if (type === 'symlink') this.#links.set(key, normalName(posix.join(posix.dirname(key), linkname ?? '')));
        else if (type === 'link') this.#links.set(key, normalName(linkname ?? ''));
        entry.resume();
      }
      await feeding;
    } catch (cause) {
      archive.destroy();
      await feeding.catch(() => undefined);
      if (cause instanceof TrustSandboxError && !(cause instanceof TarSyntaxError)) throw cause;
      throw new ImageArchiveError(`archive/tar: ${(cause as Error).message}`, { cause });
    }
  }

  async #keep(blobs: BlobStore, name: string, content: Readable): Promise<void> {
    const ingest = await blobs.ingest();
    await this.#files.get(name)?.[Symbol.asyncDispose]();
    this.#files.set(name, ingest);
    for await (const chunk of content as AsyncIterable<Buffer>) await ingest.write(chunk);
    await ingest.finish();
  }
}

async function feed(archive: ReturnType<typeof extract>, source: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    const headers = new TarHeaders(); // ahead of its reader, which would hold any header in memory
    for await (const chunk of unpackAny(source)) {
      if (archive.destroyed) return;
      headers.read(chunk);
      if (!archive.write(chunk)) await drained(archive);
    }
    (archive as NodeJS.WritableStream).end();
  } catch (thrown) {
    archive.destroy(thrown as Error);
    throw thrown;
  }
}

/** Resolves when there is room again, or nobody reads any more. */
function drained(archive: ReturnType<typeof extract>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      archive.off('drain', done).off('close', done);
      resolve();
    };
    archive.on('drain', done).on('close', done);
  });
}

function normalName(name: string): string {
  return posix.normalize(`/${name}`).slice(1);
}
