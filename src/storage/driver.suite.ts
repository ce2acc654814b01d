import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { StorageDriver } from './driver.ts';
import { readObject } from './read-object.ts';
import { parseStorageKey, type StorageKey } from './storage-key.ts';

const key = parseStorageKey('a/b/data');
const bytes = (text: string): Uint8Array[] => [Buffer.from(text)];

/** What every driver promises. `open` gives an empty store; `runs`: of each property. */
export function describeStorageDriver(name: string, open: () => Promise<StorageDriver>, runs = 25): void {
  describe(`${name} driver`, () => {
    let driver: StorageDriver;
    beforeEach(async () => {
      driver = await open();
    });
    const textOf = async (at: StorageKey): Promise<string> => String(await readObject(driver, at, 1 << 20));
    const children = async (folder: string): Promise<StorageKey[]> => {
      const found: StorageKey[] = [];
      for await (const child of driver.list(parseStorageKey(folder))) found.push(child);
      return found;
    };

    test('reads back what was written, with its size', async () => {
      await driver.write(key, bytes('hello'));
      expect(await textOf(key)).toBe('hello');
      expect(await driver.stat(key)).toMatchObject({ size: 5, modifiedAt: expect.any(Date) });
    });

    test('knows nothing of keys that were never written, nor of folders', async () => {
      await driver.write(key, bytes('hello'));
      for (const other of ['a', 'a/b', 'a/b/data/x', 'nosuch'].map(parseStorageKey)) {
        expect(await driver.stat(other)).toBeUndefined();
        await expect(driver.read(other)).rejects.toMatchObject({ code: 'KEY_NOT_FOUND', key: other });
      }
    });

    test('gives an object another version when it is replaced, and the same one when not', async () => {
      const versions = new Set<string | undefined>();
      for (let i = 10; i < 30; i += 1) {
        await driver.write(key, bytes(`${i}`));
        versions.add((await driver.stat(key))?.version);
        versions.add((await driver.stat(key))?.version);
      }
      expect(versions.size).toBe(20);
    });

    test.each([
      { range: {}, text: '0123456789' },
      { range: { offset: 3 }, text: '3456789' },
      { range: { length: 4 }, text: '0123' },
      { range: { offset: 3, length: 4 }, text: '3456' },
      { range: { offset: 8, length: 40 }, text: '89' },
      { range: { offset: 10 }, text: '' },
      { range: { offset: 30, length: 2 }, text: '' },
      { range: { offset: 2, length: 0 }, text: '' },
    ])('reads the range $range', async ({ range, text }) => {
      await driver.write(key, bytes('0123456789'));
      expect(String(Buffer.concat(await collect(await driver.read(key, range))))).toBe(text);
    });

    test('holds an object of no bytes', async () => {
      await driver.write(key, []);
      expect(await textOf(key)).toBe('');
      expect(await driver.stat(key)).toMatchObject({ size: 0 });
    });

    test('shows the old content until the new one is whole, and keeps it when the source fails', async () => {
      await driver.write(key, bytes('old'));
      const seen: string[] = [];
      async function* failing(): AsyncIterable<Uint8Array> {
        yield Buffer.from('new');
        seen.push(await textOf(key));
        throw new Error('connection lost');
      }
      await expect(driver.write(key, failing())).rejects.toThrow('connection lost');
      expect([...seen, await textOf(key)]).toEqual(['old', 'old']);
      expect(await children('a/b')).toEqual([key]);
    });

    test('leaves no trace of a write that was aborted', async () => {
      const signal = AbortSignal.abort(new Error('stop'));
      await expect(driver.write(key, bytes('x'), { signal })).rejects.toThrow('stop');
      expect(await driver.stat(key)).toBeUndefined();
      expect(await children('a/b')).toEqual([]);
    });

    test('lists direct children in code-point order, objects and folders alike', async () => {
      for (const text of ['t/b/x', 't/a', 't/B/y/z', 't/b/w', 'tt/q']) await driver.write(parseStorageKey(text), []);
      expect(await children('t')).toEqual(['t/B', 't/a', 't/b']);
      expect(await children('t/b')).toEqual(['t/b/w', 't/b/x']);
      expect(await children('nosuch')).toEqual([]);
    });

    test('deletes an object or a whole folder, and does not mind when it is gone', async () => {
      for (const text of ['d/x/1', 'd/x/2', 'd/xx']) await driver.write(parseStorageKey(text), []);
      await driver.delete(parseStorageKey('d/x'));
      await driver.delete(parseStorageKey('d/x'));
      expect(await children('d')).toEqual(['d/xx']);
    });

    test('appends from an offset, cutting off what lay beyond', async () => {
      const first = await driver.append(key, 0);
      first.end('hello wurst');
      await once(first, 'finish');
      expect(await driver.appended(key)).toMatchObject({ size: 11 });
      const second = await driver.append(key, 6);
      expect(await driver.appended(key)).toMatchObject({ size: 6 });
      second.write('wor');
      second.end('ld');
      await once(second, 'finish');
      await driver.seal(key);
      expect(await textOf(key)).toBe('hello world');
    });

    test('gives what was appended another version with every append, and the same one without', async () => {
      const versions = new Set<string | undefined>();
      for (let size = 0; size < 5; size += 1) {
        const writer = await driver.append(key, size);
        writer.end('x');
        await once(writer, 'finish');
        versions.add((await driver.appended(key))?.version);
        versions.add((await driver.appended(key))?.version);
      }
      expect(versions.size).toBe(5);
    });

    test('goes on after what was sealed', async () => {
      for (const [size, text] of [
        [0, 'one '],
        [4, 'two '],
      ] as const) {
        const writer = await driver.append(key, size);
        writer.end(text);
        await once(writer, 'finish');
        await driver.seal(key);
      }
      expect(await textOf(key)).toBe('one two ');
    });

    test('begins an append anew at offset 0, and shows it at once', async () => {
      await driver.write(key, bytes('something'));
      const writer = await driver.append(key, 0);
      expect(await driver.appended(key)).toMatchObject({ size: 0 });
      writer.end();
      await once(writer, 'finish');
      await driver.seal(key);
      expect(await textOf(key)).toBe('');
    });

    test('does not append to what is not there, or shorter', async () => {
      expect(await driver.appended(key)).toBeUndefined();
      await expect(driver.append(key, 3)).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
      await driver.write(key, bytes('ab'));
      await expect(driver.append(key, 3)).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    });

    test('forgets what was appended when the folder is deleted', async () => {
      const writer = await driver.append(key, 0);
      writer.end('hello');
      await once(writer, 'finish');
      await driver.delete(parseStorageKey('a/b'));
      expect(await driver.appended(key)).toBeUndefined();
    });

    test('moves what was appended, but not when somebody has written to it since', async () => {
      const to = parseStorageKey('elsewhere/data');
      const first = await driver.append(key, 0);
      first.end('hello');
      await once(first, 'finish');
      const version = (await driver.appended(key))?.version ?? '';
      const other = await driver.append(key, 5);
      other.end('!');
      await once(other, 'finish');
      await expect(driver.move(key, to, { version })).rejects.toMatchObject({ code: 'OBJECT_CHANGED' });
      expect(await driver.stat(to)).toBeUndefined();
      await driver.move(key, to, { version: (await driver.appended(key))?.version ?? '' });
      expect(await textOf(to)).toBe('hello!');
      expect(await driver.appended(key)).toBeUndefined();
    });

    test('moves an object over another', async () => {
      const to = parseStorageKey('elsewhere/deep/data');
      await driver.write(to, bytes('old'));
      await driver.write(key, bytes('new'));
      await driver.move(key, to);
      expect(await textOf(to)).toBe('new');
      expect(await driver.stat(key)).toBeUndefined();
      await expect(driver.move(key, to)).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
      expect(await textOf(to)).toBe('new');
    });

    test('takes writers of one key side by side: the object is one of theirs, whole', async () => {
      const contents = Array.from({ length: 8 }, (_, i) => Buffer.alloc(70_000, i));
      await Promise.all(contents.map((content) => driver.write(key, [content.subarray(0, 9), content.subarray(9)])));
      const stored = await readObject(driver, key, 1 << 20);
      expect(contents.some((content) => content.equals(stored))).toBe(true);
    });

    test('any cutting into chunks and appends gives the same object', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 })), async (appends) => {
          let size = 0;
          for (const chunks of [[], ...appends]) {
            const writer = await driver.append(key, size);
            for (const chunk of chunks) writer.write(chunk);
            writer.end();
            await once(writer, 'finish');
            for (const chunk of chunks) size += chunk.byteLength;
          }
          await driver.seal(key);
          expect(await readObject(driver, key, 1 << 20)).toEqual(Buffer.concat(appends.flat()));
        }),
        { numRuns: runs },
      );
    });

    test('streams an object of several megabytes unchanged', async () => {
      const big = randomBytes(3_000_001);
      await driver.write(key, [big]);
      expect(Buffer.concat(await collect(await driver.read(key))).equals(big)).toBe(true);
      await expect(readObject(driver, key, 3_000_000)).rejects.toMatchObject({ code: 'OBJECT_TOO_LARGE' });
    });
  });
}

async function collect(source: Readable): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return chunks;
}
