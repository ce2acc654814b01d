import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import { openFilesystemDriver, type StorageDriver } from '../../src/storage/index.ts';
import { imageManifest, type RunningRegistry, runRegistry } from './running-registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'full-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FULL = { status: 507, code: 'UNAVAILABLE' };
const oci = { 'content-type': MEDIA_TYPES.ociManifest };
const content = Buffer.alloc(300_000, 'layer ');

/** A disk with room for so many bytes, as the system calls tell of it. */
class SmallDisk {
  room = Number.POSITIVE_INFINITY;

  take(bytes: number): void {
    if (bytes > this.room) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    this.room -= bytes;
  }

  driver(root: string): StorageDriver {
    const real = openFilesystemDriver(root);
    return {
      ...real,
      write: (key, source, options) => real.write(key, this.#counted(source), options),
      append: async (key, offset) => this.#countedWriter(await real.append(key, offset)),
    };
  }

  async *#counted(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    this.take(1); // for its name
    for await (const chunk of source) {
      this.take(chunk.byteLength);
      yield chunk;
    }
  }

  #countedWriter(inner: Writable): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        try {
          this.take(chunk.byteLength);
          inner.write(chunk, done);
        } catch (error) {
          inner.end(() => done(error as Error));
        }
      },
      final: (done) => void inner.end(done),
    });
  }
}

async function full(name: string): Promise<{ disk: SmallDisk; registry: RunningRegistry; root: string }> {
  const root = join(folder, name);
  const disk = new SmallDisk();
  return { disk, root, registry: await runRegistry({ driver: disk.driver(root), deleteEnabled: true }) };
}

const filesOf = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

describe('a disk without room', () => {
  test.each([0, 100, 100_000, 299_999])(
    'for more than %i bytes refuses a blob, and takes it once there is',
    async (room) => {
      const { disk, registry, root } = await full(`blob-${room}`);
      await using _ = registry;
      const path = `/v2/a/b/blobs/uploads/?digest=${digestOf(content)}`;
      disk.room = room;
      const answer = await registry.ask('POST', path, { body: content });
      expect(answer).toMatchObject(FULL);
      expect(String(answer.body)).toContain('"message":"no space left in the storage of the registry"');
      expect(filesOf(root).filter((file) => file.includes('blobs'))).toEqual([]);
      disk.room = Number.POSITIVE_INFINITY;
      expect(await registry.ask('POST', path, { body: content })).toMatchObject({ status: 201 });
      const stored = await registry.ask('GET', `/v2/a/b/blobs/${digestOf(content)}`);
      expect([stored.status, digestOf(stored.body)]).toEqual([200, digestOf(content)]);
    },
  );

  test('keeps what there was room for of an upload, which goes on once there is more', async () => {
    const { disk, registry } = await full('upload');
    await using _ = registry;
    const started = await registry.ask('POST', '/v2/a/b/blobs/uploads/');
    const path = new URL(started.headers.location ?? '').pathname;
    disk.room = 150_000;
    expect(await registry.ask('PATCH', path, { body: content })).toMatchObject(FULL);
    const { headers } = await registry.ask('GET', path);
    const at = headers.range === '0-0' ? 0 : Number(headers.range?.slice(2)) + 1;
    expect(at).toBeLessThanOrEqual(150_000);
    disk.room = Number.POSITIVE_INFINITY;
    const finished = await registry.ask('PUT', `${path}?digest=${digestOf(content)}`, { body: content.subarray(at) });
    expect(finished).toMatchObject({ status: 201 });
  });

  test('leaves a tag where it is at whichever write there is no room, and moves it once there is', async () => {
    const { disk, registry, root } = await full('tag');
    await using _ = registry;
    const [config, layer] = [
      await registry.pushBlob('a/b', Buffer.from('{}')),
      await registry.pushBlob('a/b', content),
    ];
    const [old, next] = ['old', 'next'].map((version) => imageManifest(config, [layer], { annotations: { version } }));
    const put = (body = '') => registry.ask('PUT', '/v2/a/b/manifests/latest', { body, headers: oci });
    expect(await put(old)).toMatchObject({ status: 201 });
    const statuses: number[] = [];
    for (let room = 0; statuses.at(-1) !== 201; room += 60) {
      disk.room = room;
      const answer = await put(next);
      statuses.push(answer.status);
      disk.room = Number.POSITIVE_INFINITY;
      const { status, body } = await registry.ask('GET', '/v2/a/b/manifests/latest');
      expect([status, String(body)]).toEqual([200, answer.status === 201 ? next : old]);
      expect(filesOf(root).filter((file) => file.includes('.drafts'))).toEqual([]);
    }
    expect(new Set(statuses)).toEqual(new Set([507, 201]));
  });

  test('still gives what it has, and lets it be deleted', async () => {
    const { disk, registry } = await full('delete');
    await using _ = registry;
    const [config, layer] = [
      await registry.pushBlob('a/b', Buffer.from('{}')),
      await registry.pushBlob('a/b', content),
    ];
    const body = imageManifest(config, [layer]);
    await registry.ask('PUT', '/v2/a/b/manifests/latest', { body, headers: oci });
    disk.room = 0;
    expect(await registry.ask('GET', `/v2/a/b/blobs/${layer}`)).toMatchObject({ status: 200, isCut: false });
    expect(await registry.ask('DELETE', '/v2/a/b/manifests/latest')).toMatchObject({ status: 202 });
    expect(await registry.ask('DELETE', `/v2/a/b/manifests/${digestOf(body)}`)).toMatchObject({ status: 202 });
    expect(await registry.ask('DELETE', `/v2/a/b/blobs/${layer}`)).toMatchObject({ status: 202 });
  });
});
