import { Readable, Writable } from 'node:stream';
import { type Clock, systemClock } from '../core/index.ts';
import type { ObjectStat, StorageDriver } from './driver.ts';
import { KeyNotFoundError, ObjectChangedError, parseStorageKey, type StorageKey } from './storage-key.ts';

interface StoredObject extends ObjectStat {
  readonly bytes: Buffer;
}

/** Keeps objects in this process; gone with it. For tests, and for a hub that needs no disk. */
export function createMemoryDriver({ clock = systemClock }: { clock?: Clock } = {}): StorageDriver {
  const objects = new Map<StorageKey, StoredObject>();
  let writes = 0;

  const put = (key: StorageKey, bytes: Buffer): void => {
    objects.set(key, { bytes, size: bytes.byteLength, modifiedAt: clock.now(), version: String(++writes) });
  };
  const get = (key: StorageKey): StoredObject => {
    const object = objects.get(key);
    if (!object) throw new KeyNotFoundError(key);
    return object;
  };

  return {
    async stat(key) {
      return objects.get(key);
    },
    versionNow: (key) => objects.get(key)?.version,
    async read(key, { offset = 0, length = Number.POSITIVE_INFINITY } = {}) {
      const part = get(key).bytes.subarray(offset, offset + length);
      return Readable.from(part.byteLength > 0 ? [part] : [], { objectMode: false });
    },
    async write(key, source, { signal } = {}) {
      const chunks: Uint8Array[] = [];
      signal?.throwIfAborted();
      for await (const chunk of source) {
        signal?.throwIfAborted();
        chunks.push(Uint8Array.from(chunk));
      }
      put(key, Buffer.concat(chunks));
    },
    async append(key, offset) {
      if (offset > 0 && get(key).size < offset) throw new KeyNotFoundError(key);
      const chunks = [offset > 0 ? get(key).bytes.subarray(0, offset) : Buffer.alloc(0)];
      const flush = (): void => put(key, Buffer.concat(chunks));
      flush();
      return new Writable({
        write(chunk: Buffer, _encoding, done) {
          chunks.push(Buffer.from(chunk));
          done();
        },
        final(done) {
          flush();
          done();
        },
        destroy(error, done) {
          if (objects.has(key)) flush();
          done(error);
        },
      });
    },
    async appended(key) {
      return objects.get(key);
    },
    async seal(key) {
      return objects.get(key);
    },
    async move(from, to, { version } = {}) {
      const { bytes, version: found } = get(from);
      if (version !== undefined && version !== found) throw new ObjectChangedError(from);
      objects.delete(from);
      put(to, bytes);
    },
    async *list(folder) {
      const prefix = `${folder}/`;
      const children = new Set<string>();
      for (const key of objects.keys()) {
        if (!key.startsWith(prefix)) continue;
        const end = key.indexOf('/', prefix.length);
        children.add(end < 0 ? key : key.slice(0, end));
      }
      for (const child of [...children].sort()) yield parseStorageKey(child);
    },
    async delete(key) {
      objects.delete(key);
      for (const other of [...objects.keys()]) if (other.startsWith(`${key}/`)) objects.delete(other);
    },
  };
}
