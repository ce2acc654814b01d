import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf, parseImageReference } from '../../core/index.ts';
import { ImageStore } from './image-store.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const NAME = parseImageReference('docker.io/library/one:1');
const bytesOf = (text: string): Buffer => Buffer.from(text);

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'store-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Stages an image of one layer, with a name. */
async function stageImage(store: ImageStore, text: string) {
  const [layer, id] = [digestOf(bytesOf(`layer ${text}`)), digestOf(bytesOf(text))];
  await store.blobs.put(bytesOf(`layer ${text}`));
  await store.blobs.put(bytesOf(text));
  const blob = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer, size: 7 };
  store.putLayer({ diffId: layer, size: 1, tarSize: 1, blob });
  store.putImage(id, [layer]);
  store.putNames(id, [NAME], NOW);
  return { id, layer };
}

describe('what is staged', () => {
  test('is there at once, and after a flush for who opens the store anew', async () => {
    const store = await ImageStore.open(root);
    const { id, layer } = await stageImage(store, 'a');
    expect(store.references.find(NAME)).toBe(id);
    expect((await ImageStore.open(root)).listImages()).toEqual([]);
    await stageImage(store, 'a'); // opening empties tmp/, which holds nothing that was filed
    await store.flush();
    const again = await ImageStore.open(root);
    expect(again.findImage(id)).toMatchObject({ diffIds: [layer], lastTaggedAt: NOW.toISOString() });
    expect(again.findLayer(layer)?.blobs).toHaveLength(1);
    expect(again.references.find(NAME)).toBe(id);
    expect((await readdir(root)).sort()).toEqual(['blobs', 'images', 'layers', 'references.json', 'tmp']);
  });

  test('is gone from memory where it can’t be written, and what was there before is there', async () => {
    const store = await ImageStore.open(root);
    const { id: before } = await stageImage(store, 'a');
    await store.flush();
    const { id, layer } = await stageImage(store, 'b');
    expect(store.references.find(NAME)).toBe(id);
    await rename(join(root, 'tmp'), join(root, 'away'));
    await expect(store.flush()).rejects.toThrow('ENOENT');
    expect(store.references.find(NAME)).toBe(before);
    expect([store.findImage(id), store.findLayer(layer)]).toEqual([undefined, undefined]);
    await rename(join(root, 'away'), join(root, 'tmp'));
    await stageImage(store, 'b');
    await store.flush();
    expect((await ImageStore.open(root)).references.find(NAME)).toBe(id);
  });
});

describe('a store whose process ended', () => {
  test.each(['layers', 'images', 'references.json', 'nothing'])(
    'with %s moved into place already is the new one',
    async (moved) => {
      const store = await ImageStore.open(root);
      const { id, layer } = await stageImage(store, 'a');
      await store.flush();
      await mkdir(join(root, 'redo'));
      for (const part of ['layers', 'images', 'references.json']) {
        if (part === moved) continue;
        await cp(join(root, part), join(root, 'redo', part), { recursive: true });
        await rm(join(root, part), { recursive: true });
      }
      const again = await ImageStore.open(root);
      expect(again.references.find(NAME)).toBe(id);
      expect(again.findImage(id)?.diffIds).toEqual([layer]);
      expect(await readdir(root)).not.toContain('redo');
    },
  );

  test('before all was written is the old one', async () => {
    await ImageStore.open(root);
    await mkdir(join(root, 'tmp/next-abc/images'), { recursive: true });
    const again = await ImageStore.open(root);
    expect(again.listImages()).toEqual([]);
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });
});

test('a blob that lost its bytes and kept its size is written again', async () => {
  const store = await ImageStore.open(root);
  const digest = await store.blobs.put(bytesOf('config'));
  const file = join(root, 'blobs', digest.replace(':', '/'));
  await writeFile(file, Buffer.alloc(6));
  await store.blobs.put(bytesOf('config'));
  expect(await store.blobs.bytes(digest)).toEqual(bytesOf('config'));
});
