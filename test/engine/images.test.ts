import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES, parseImageReference } from '../../src/core/index.ts';
import { type ImageOptions, imageOf, makeImage, makeLayer, makeTar, putImage } from './image-fixture.ts';
import { drain, type RunningEngine, startEngine, textOf } from './running-engine.ts';

const R = 'sandboxregistry:5000/test/trusttest';
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');
const ID = 'sha256:066f08fc7b25e8bbeb59107f3c9db76246a5761b0c804aac7553404b14f00af0';
const CHAIN = [
  'sha256:9e8e3d0b679438657f0f6e4d9265cebd213d8f0b103b899f140ece0c885f601e',
  'sha256:77e84a8fd9ff9a1aec93d58e1f9cbd2bdb973be751dd49faee288a0a60a8d4fe',
];

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function load({ engine }: RunningEngine, bytes: Buffer) {
  return drain(engine.load(once(bytes)));
}

async function pullNew(
  running: RunningEngine,
  tag: string,
  texts: readonly string[],
  options?: ImageOptions,
): Promise<string> {
  const image = await makeImage(texts, options);
  await putImage(running.registry, 'test/trusttest', tag, image);
  const { error } = await drain(running.engine.pull(parseImageReference(`${R}:${tag}`)));
  expect(error).toBeUndefined();
  return digestOf(image.config);
}

describe('loading an archive', () => {
  test("gives docker's ids and sizes", async () => {
    await using running = await startEngine();
    const { events, error } = await load(running, await readFile(ARCHIVE));
    expect(error).toBeUndefined();
    expect(textOf(events)).toEqual([
      '77e84a8fd9ff: Loading layer',
      '3f6eb71c3ddd: Loading layer',
      'Loaded image: docker/trusttest:latest',
    ]);
    expect(await running.engine.list()).toMatchObject([{ id: ID, tags: ['docker/trusttest:latest'], size: 38_364 }]);
  });

  test('takes one that is packed by gzip', async () => {
    await using running = await startEngine();
    expect((await load(running, gzipSync(await readFile(ARCHIVE)))).error).toBeUndefined();
    expect(await running.engine.list()).toMatchObject([{ id: ID }]);
  });

  test("whose tag is another image's says that it moves", async () => {
    await using running = await startEngine();
    const old = await pullNew(running, 'old', ['old']);
    await running.engine.tag(`${R}:old`, 'docker/trusttest:latest');
    const { events } = await load(running, await readFile(ARCHIVE));
    expect(textOf(events)).toContain(
      `The image docker/trusttest:latest already exists, renaming the old one with ID ${old} to empty string`,
    );
  });

  test.each([
    { why: 'is no archive', bytes: async () => Buffer.alloc(4096, 'x'), code: 'ENGINE_IMAGE_ARCHIVE' },
    { why: 'is empty', bytes: async () => Buffer.of(), code: 'ENGINE_IMAGE_ARCHIVE' },
    {
      why: 'ends early',
      bytes: async () => (await readFile(ARCHIVE)).subarray(0, 40_000),
      code: 'ENGINE_IMAGE_ARCHIVE',
    },
    {
      why: 'is a layout of other platforms',
      bytes: () => layoutOf('arm64'),
      code: 'ENGINE_MANIFEST_UNUSABLE',
    },
    { why: 'has no manifest', bytes: () => makeTar({ 'a.txt': 'a' }), code: 'ENGINE_IMAGE_ARCHIVE' },
    {
      why: 'names files outside of it',
      bytes: () => makeTar({ 'manifest.json': '[{"Config":"../../../../etc/passwd","RepoTags":null,"Layers":[]}]' }),
      code: 'ENGINE_IMAGE_ARCHIVE',
    },
    {
      why: 'has layers that its config does not name',
      bytes: async () => swapLayers(await readFile(ARCHIVE)),
      code: 'ENGINE_ROOTFS_MISMATCH',
    },
  ])('is refused when it $why, and nothing stays', async ({ bytes, code }) => {
    await using running = await startEngine();
    const { error } = await load(running, await bytes());
    expect(error).toMatchObject({ code });
    expect(await running.storedFiles()).toEqual([]);
  });
});

/** An OCI layout with nothing but an index of one image for `architecture`. */
async function layoutOf(architecture: string): Promise<Buffer> {
  const entry = {
    mediaType: MEDIA_TYPES.ociManifest,
    digest: digestOf('x'),
    size: 1,
    platform: { os: 'linux', architecture },
  };
  const inner = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [entry] });
  const top = { mediaType: MEDIA_TYPES.ociIndex, digest: digestOf(inner), size: inner.length };
  return makeTar({
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
    'index.json': JSON.stringify({ schemaVersion: 2, manifests: [top] }),
    [`blobs/${digestOf(inner).replace(':', '/')}`]: inner,
  });
}

/** The same archive with its two layers in each other's place. */
function swapLayers(bytes: Buffer): Buffer {
  return Buffer.from(
    bytes.toString('latin1').replace('"0/layer.tar", "1/layer.tar"', '"1/layer.tar", "0/layer.tar"'),
    'latin1',
  );
}

describe('a saved archive', () => {
  test('is loaded by another engine as the same image, and pushed from there with the same digest', async () => {
    await using one = await startEngine();
    await using two = await startEngine();
    const id = await pullNew(one, 'v1', ['one', 'two']);
    const parts: Uint8Array[] = [];
    for await (const part of await one.engine.save([`${R}:v1`])) parts.push(part);
    const { events } = await load(two, Buffer.concat(parts));
    expect(textOf(events).at(-1)).toBe(`Loaded image: ${R}:v1`);
    expect(await two.engine.list()).toMatchObject([{ id, tags: [`${R}:v1`] }]);
    const digest = (await one.engine.list())[0]?.digests[0]?.split('@')[1];
    const pushed = await drain(two.engine.push(parseImageReference(`${R}:v1`)));
    expect(pushed.events.at(-1)?.aux?.Digest).toBe(digest);
  });

  test('keeps its digest also where the layers were known in another packing', async () => {
    await using one = await startEngine();
    await using two = await startEngine();
    const tar = await makeTar({ 'a.txt': 'a' });
    for (const [{ registry }, level] of [
      [one, 9],
      [two, 0],
    ] as const) {
      const layer = makeLayer(tar, MEDIA_TYPES.dockerLayer, gzipSync(tar, { level }));
      await putImage(registry, 'test/trusttest', 'v1', imageOf([layer]));
    }
    for (const { engine } of [one, two]) await drain(engine.pull(parseImageReference(`${R}:v1`)));
    const parts: Uint8Array[] = [];
    for await (const part of await one.engine.save([`${R}:v1`])) parts.push(part);
    await load(two, Buffer.concat(parts));
    const digest = (await one.engine.list())[0]?.digests[0]?.split('@')[1];
    const pushed = await drain(two.engine.push(parseImageReference(`${R}:v1`)));
    expect(pushed.error).toBeUndefined();
    expect((await two.engine.inspect(`${R}:v1`)).image.manifests.map((manifest) => manifest.digest)).toContain(digest);
  });

  test('of the same images is the same, to the byte', async () => {
    await using running = await startEngine();
    await pullNew(running, 'v1', ['one']);
    const digests: string[] = [];
    for (let i = 0; i < 2; i += 1) {
      const parts: Uint8Array[] = [];
      for await (const part of await running.engine.save([`${R}:v1`])) parts.push(part);
      digests.push(digestOf(Buffer.concat(parts)));
    }
    expect(digests[0]).toBe(digests[1]);
  });

  test('of a name that is not here is refused', async () => {
    await using running = await startEngine();
    await expect(running.engine.save(['nosuch'])).rejects.toMatchObject({ message: 'reference does not exist' });
  });
});

describe('removing', () => {
  test('by id and force takes all names, then image and layers from the top down', async () => {
    await using running = await startEngine();
    await load(running, await readFile(ARCHIVE));
    await running.engine.tag('docker/trusttest', `${R}:latest`);
    await expect(running.engine.remove('066f08fc7b25', false)).rejects.toMatchObject({
      code: 'ENGINE_REMOVAL_CONFLICT',
      message:
        'conflict: unable to delete 066f08fc7b25 (must be forced) - image is referenced in multiple repositories',
    });
    expect(await running.engine.remove('066f08fc7b25', true)).toEqual([
      { Untagged: 'docker/trusttest:latest' },
      { Untagged: `${R}:latest` },
      { Deleted: ID },
      ...CHAIN.map((Deleted) => ({ Deleted })),
    ]);
    expect(await running.storedFiles()).toEqual([]);
  });

  test('a tag leaves the image to its other names', async () => {
    await using running = await startEngine();
    await load(running, await readFile(ARCHIVE));
    await running.engine.tag('docker/trusttest', `${R}:latest`);
    expect(await running.engine.remove(`${R}:latest`, false)).toEqual([{ Untagged: `${R}:latest` }]);
    expect(await running.engine.list()).toHaveLength(1);
  });

  test('the last tag of a repository takes its digests with it', async () => {
    await using running = await startEngine();
    const id = await pullNew(running, 'latest', ['one']);
    const [digest = ''] = (await running.engine.list())[0]?.digests ?? [];
    const removals = await running.engine.remove(R, false);
    expect(removals.slice(0, 3)).toEqual([{ Untagged: `${R}:latest` }, { Untagged: digest }, { Deleted: id }]);
    expect(await running.storedFiles()).toEqual([]);
  });

  test('an image keeps the layers that another has too', async () => {
    await using running = await startEngine();
    await pullNew(running, 'a', ['shared', 'a']);
    await pullNew(running, 'b', ['shared', 'b']);
    expect((await running.engine.remove(`${R}:a`, false)).filter((removal) => 'Deleted' in removal)).toHaveLength(2);
    await running.engine.remove(`${R}:b`, false);
    expect(await running.storedFiles()).toEqual([]);
  });

  test('what is not there is refused', async () => {
    await using running = await startEngine();
    await expect(running.engine.remove(`${R}:latest`, true)).rejects.toMatchObject({
      code: 'ENGINE_IMAGE_NOT_FOUND',
      message: `No such image: ${R}:latest`,
    });
  });
});

describe('a list', () => {
  test.each([
    [{ reference: ['sandboxregistry:5000/*/*'] }, ['new', 'old']],
    [{ reference: [`${R}:o*`] }, ['old']],
    [{ reference: ['nosuch'] }, []],
    [{ label: ['kind'] }, ['new']],
    [{ label: ['kind=other'] }, []],
    [{ before: [`${R}:new`] }, ['old']],
    [{ since: [`${R}:old`] }, ['new']],
    [{ dangling: ['true'] }, []],
  ] as const)('filtered by %j has %j', async (filters, tags) => {
    await using running = await startEngine();
    await pullNew(running, 'old', ['old'], { created: '2020-01-01T00:00:00Z' });
    await pullNew(running, 'new', ['new'], { created: '2021-01-01T00:00:00Z', labels: { kind: 'test' } });
    const found = await running.engine.list(new Map(Object.entries(filters)));
    expect(found.flatMap((image) => image.tags.map((tag) => tag.split(':').at(-1)))).toEqual(tags);
  });
});

test('an image is found by id, by the beginning of its id, by tag and by digest', async () => {
  await using running = await startEngine();
  const id = await pullNew(running, 'latest', ['one']);
  const [digest = ''] = (await running.engine.list())[0]?.digests ?? [];
  for (const name of [id, id.slice(7), id.slice(7, 12), id.slice(0, 12), R, `${R}:latest`, digest]) {
    expect((await running.engine.inspect(name)).image.id).toBe(id);
  }
});

test('an archive whose layers repeat by links, as older docker wrote it, is loaded', async () => {
  await using running = await startEngine();
  const layer = await makeTar({ 'a.txt': 'a' });
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [digestOf(layer), digestOf(layer)] },
  });
  const archive = pack();
  archive.entry({ name: 'one/layer.tar' }, layer);
  archive.entry({ name: 'two/layer.tar', type: 'symlink', linkname: '../one/layer.tar' });
  archive.entry({ name: 'config.json' }, config);
  archive.entry(
    { name: 'manifest.json' },
    JSON.stringify([{ Config: 'config.json', RepoTags: ['linked:1'], Layers: ['one/layer.tar', 'two/layer.tar'] }]),
  );
  archive.finalize();
  const parts: Buffer[] = [];
  for await (const part of archive) parts.push(part as Buffer);
  const { events, error } = await load(running, Buffer.concat(parts));
  expect(error).toBeUndefined();
  expect(textOf(events).at(-1)).toBe('Loaded image: linked:1');
});
