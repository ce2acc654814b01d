import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/core/index.ts';
import { makeTar } from './image-fixture.ts';
import { drain, type RunningEngine, startEngine } from './running-engine.ts';

type Entry = Partial<Header> & { readonly name: string } & { readonly content?: string | Buffer };

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry(header, content ?? '');
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function load(running: RunningEngine, archive: Buffer) {
  return drain(
    running.engine.load(
      (async function* () {
        yield archive;
      })(),
    ),
  );
}

async function imageEntries(layerName: string, layer: Buffer): Promise<Entry[]> {
  const config = JSON.stringify({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
  });
  const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: ['evil:latest'], Layers: [layerName] }]);
  return [
    { name: 'config.json', content: config },
    { name: 'manifest.json', content: manifest },
  ];
}

/** A header of an extension that says it is larger than anybody would write one. */
async function hugeExtension(): Promise<Buffer> {
  const tar = await tarOf([{ name: 'a', pax: { comment: 'x' } }]);
  const size = (8 * 1024 ** 3 - 1).toString(8).padStart(11, '0');
  tar.write(size, 124, 'latin1');
  tar.fill(' ', 148, 156);
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return tar;
}

const layer = await makeTar({ 'file.txt': 'hello' });
const whole = await tarOf([...(await imageEntries('layer.tar', layer)), { name: 'layer.tar', content: layer }]);

test('an extension that is larger than anybody writes is refused before it is read', async () => {
  await using running = await startEngine();
  expect((await load(running, await hugeExtension())).error).toMatchObject({ code: 'ENGINE_ARCHIVE_HEADER' });
});

test('an archive that is whole is taken in', async () => {
  await using running = await startEngine();
  expect(await load(running, whole)).toMatchObject({
    events: expect.arrayContaining([{ stream: 'Loaded image: evil:latest\n' }]),
  });
});

describe('an archive is refused, and leaves nothing behind,', () => {
  test.each([
    ['whose layer is outside of it', async () => tarOf(await imageEntries('../../../etc/passwd', layer))],
    ['whose layer is at an absolute path of this machine', async () => tarOf(await imageEntries('/etc/passwd', layer))],
    [
      'whose layer is a link out of it',
      async () =>
        tarOf([
          ...(await imageEntries('layer.tar', layer)),
          { name: 'layer.tar', type: 'symlink', linkname: '../../etc/passwd' },
        ]),
    ],
    [
      'whose links go round',
      async () =>
        tarOf([
          ...(await imageEntries('a', layer)),
          { name: 'a', type: 'symlink', linkname: 'b' },
          { name: 'b', type: 'symlink', linkname: 'a' },
        ]),
    ],
    [
      'whose layer is a device',
      async () =>
        tarOf([
          ...(await imageEntries('layer.tar', layer)),
          { name: 'layer.tar', type: 'character-device', devmajor: 1, devminor: 5 },
        ]),
    ],
    ['that was cut in a file', async () => whole.subarray(0, whole.length - 4096)],
    ['that was cut in a header', async () => whole.subarray(0, 700)],
    ['whose packing was cut', async () => gzipSync(whole).subarray(0, 300)],
    ['whose headers are of no archive', async () => Buffer.alloc(4096, 0x41)],
    ['whose extension says it has gigabytes', hugeExtension],
    [
      'whose layer has an extension of gigabytes',
      async () => {
        const bad = await hugeExtension();
        return tarOf([...(await imageEntries('layer.tar', bad)), { name: 'layer.tar', content: bad }]);
      },
    ],
    [
      'whose layer is other than its config says',
      async () =>
        tarOf([
          ...(await imageEntries('layer.tar', layer)),
          { name: 'layer.tar', content: await makeTar({ other: 'x' }) },
        ]),
    ],
    ['that is empty', async () => Buffer.alloc(0)],
    ['whose list is no JSON', async () => tarOf([{ name: 'manifest.json', content: '[{' }])],
    ['whose list nests without end', async () => tarOf([{ name: 'manifest.json', content: '['.repeat(100_000) }])],
  ])('%s', async (_, make) => {
    await using running = await startEngine();
    const { error } = await load(running, await make());
    expect(error).toMatchObject({ code: expect.stringMatching(/^(ENGINE_|JSON_MALFORMED)/) });
    expect(await running.engine.list()).toEqual([]);
    expect(await running.storedFiles()).toEqual([]);
  });
});
