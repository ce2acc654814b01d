import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { digestOf, parseImageReference, parseRepositoryName, parseTag } from '../../src/core/index.ts';
import { readWire } from '../golden/recorded-wire.ts';
import { makeImage, makeTar, putImage } from './image-fixture.ts';
import { drain, type RunningEngine, startEngine, textOf } from './running-engine.ts';

const R = 'sandboxregistry:5000/test/trusttest';
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');
const [LOW, TOP] = ['77e84a8fd9ff', '3f6eb71c3ddd'];

async function loadTrusttest(running: RunningEngine, target = `${R}:latest`): Promise<void> {
  await drain(running.engine.load(chunks(await readFile(ARCHIVE))));
  await running.engine.tag('docker/trusttest', target);
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

function push(running: RunningEngine, name: string) {
  return drain(running.engine.push(parseImageReference(name)));
}

async function manifestOf({ registry }: RunningEngine, name: string, tag: string) {
  return registry.manifests.get(parseRepositoryName(name), parseTag(tag));
}

describe('a push of a loaded image', () => {
  test("tells each step in docker's words and ends in one aux line", async () => {
    await using running = await startEngine();
    await loadTrusttest(running);
    const { events, error } = await push(running, `${R}:latest`);
    expect(error).toBeUndefined();
    const lines = textOf(events);
    expect(lines.slice(0, 3)).toEqual([
      `The push refers to repository [${R}]`,
      `${TOP}: Preparing`,
      `${LOW}: Preparing`,
    ]);
    expect(
      lines
        .slice(3, -2)
        .filter((line) => !line.endsWith('Pushing'))
        .sort(),
    ).toEqual([`${TOP}: Pushed`, `${LOW}: Pushed`]);
    const { digest, bytes } = await manifestOf(running, 'test/trusttest', 'latest');
    expect(lines.slice(-2)).toEqual([`latest: digest: ${digest} size: ${bytes.byteLength}`, 'aux latest']);
    expect(events.at(-1)).toEqual({ aux: { Tag: 'latest', Digest: digest, Size: bytes.byteLength } });
    expect(await running.engine.list()).toMatchObject([{ digests: [`${R}@${digest}`] }]);
  });

  test('writes the manifest as docker does, to the byte, but for the packing of its layers', async () => {
    await using running = await startEngine();
    await loadTrusttest(running);
    await push(running, `${R}:latest`);
    const { bytes } = await manifestOf(running, 'test/trusttest', 'latest');
    const manifest = JSON.parse(bytes.toString());
    const recorded = readRecordedManifest().replaceAll(
      /("size": )20[56](,\s+"digest": ")sha256:(?:4b6e74b35b|eddd90e6ef)[0-9a-f]+/g,
      (_, size, digest) => {
        const layer = manifest.layers.shift();
        return `${size}${layer.size}${digest}${layer.digest}`;
      },
    );
    expect(bytes.toString()).toBe(recorded);
  });

  test('packs layers so that they unpack to their diffIDs', async () => {
    await using running = await startEngine();
    await loadTrusttest(running);
    await push(running, `${R}:latest`);
    const { manifest } = await manifestOf(running, 'test/trusttest', 'latest');
    const name = parseRepositoryName('test/trusttest');
    const diffIds: string[] = [];
    for (const { digest } of manifest.blobs.slice(1)) {
      const blob = await running.registry.blobs.get(name, digest);
      const parts: Buffer[] = [];
      for await (const part of await running.registry.blobs.read(blob, {})) parts.push(part as Buffer);
      diffIds.push(digestOf(gunzipSync(Buffer.concat(parts))).slice(7, 19));
    }
    expect(diffIds.sort()).toEqual([TOP, LOW].sort());
  });

  test('a second time uploads nothing and gives the same digest', async () => {
    await using running = await startEngine();
    await loadTrusttest(running);
    const first = await push(running, `${R}:latest`);
    const second = await push(running, `${R}:latest`);
    const lines = textOf(second.events);
    expect(lines.slice(3, -2).sort()).toEqual([`${TOP}: Layer already exists`, `${LOW}: Layer already exists`]);
    expect(second.events.at(-1)).toEqual(first.events.at(-1));
  });

  test('to another repository of the registry mounts the layers', async () => {
    await using running = await startEngine();
    await loadTrusttest(running);
    await push(running, `${R}:latest`);
    await running.engine.tag(`${R}:latest`, 'sandboxregistry:5000/test/other:v1');
    const { events } = await push(running, 'sandboxregistry:5000/test/other:v1');
    expect(textOf(events).slice(3, -2).sort()).toEqual([
      `${TOP}: Mounted from test/trusttest`,
      `${LOW}: Mounted from test/trusttest`,
    ]);
  });
});

test.each([
  { what: 'shrinks', content: Buffer.alloc(1_000_000, 'text '), isPacked: true },
  { what: 'does not shrink', content: randomBytes(1_000_000), isPacked: false },
])('a layer that $what is sent as gzip, packed: $isPacked', async ({ content, isPacked }) => {
  await using running = await startEngine();
  const layer = await makeTar({ 'a.bin': content });
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf(layer)] } };
  const manifest = [{ Config: 'config.json', RepoTags: [`${R}:v1`], Layers: ['layer.tar'] }];
  const files = {
    'layer.tar': layer,
    'config.json': JSON.stringify(config),
    'manifest.json': JSON.stringify(manifest),
  };
  await drain(running.engine.load(chunks(await makeTar(files))));
  expect((await push(running, `${R}:v1`)).error).toBeUndefined();
  const pushed = await manifestOf(running, 'test/trusttest', 'v1');
  const digest = pushed.manifest.blobs[1]?.digest ?? digestOf('');
  const blob = await running.registry.blobs.get(parseRepositoryName('test/trusttest'), digest);
  expect(blob.storedSize < layer.byteLength).toBe(isPacked);
});

test("an image that was pulled is pushed again with its manifest's own bytes", async () => {
  await using running = await startEngine();
  const image = await makeImage(['one', 'two']); // compact JSON: docker would write other bytes
  await putImage(running.registry, 'test/source', 'v1', image);
  await drain(running.engine.pull(parseImageReference('sandboxregistry:5000/test/source:v1')));
  await running.engine.tag('sandboxregistry:5000/test/source:v1', `${R}:copy`);
  const { events } = await push(running, `${R}:copy`);
  expect(events.at(-1)?.aux?.Digest).toBe(digestOf(image.manifest));
  expect((await manifestOf(running, 'test/trusttest', 'copy')).bytes).toEqual(image.manifest);
});

test('a push without a tag pushes all of them, each with its aux line', async () => {
  await using running = await startEngine();
  await loadTrusttest(running, `${R}:a`);
  await running.engine.tag(`${R}:a`, `${R}:b`);
  const { events } = await push(running, R);
  expect(textOf(events).filter((line) => line.startsWith('aux'))).toEqual(['aux a', 'aux b']);
});

describe("what can't be pushed is refused in docker's words", () => {
  test.each([
    [
      'no image of that name',
      'sandboxregistry:5000/test/none:latest',
      'An image does not exist locally with the tag: sandboxregistry:5000/test/none',
    ],
    ['no such tag', `${R}:nosuch`, `tag does not exist: ${R}:nosuch`],
    ['a digest', `${R}@sha256:${'0'.repeat(64)}`, 'cannot push a digest reference'],
  ])('%s', async (_, name, message) => {
    await using running = await startEngine();
    await loadTrusttest(running);
    const { error } = await push(running, name);
    expect(error).toMatchObject({ code: 'ENGINE_PUSH_REFUSED', message });
  });
});

/** What dockerd put for the same image. */
function readRecordedManifest(): string {
  const put = readWire('01-page-tty.registry').find(({ request }) => request.path.endsWith('/manifests/latest'));
  return String(put?.request.body);
}
