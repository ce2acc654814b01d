import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import {
  digestHex,
  digestOf,
  MEDIA_TYPES,
  parseDigest,
  parseImageReference,
  parseRepositoryName,
  parseTag,
} from '../../src/core/index.ts';
import type { NodeApp, NodeEnv } from '../../src/http/index.ts';
import { type ImageFixture, imageOf, makeImage, makeLayer, makeTar, putImage } from './image-fixture.ts';
import { drain, type RunningEngine, startEngine, textOf } from './running-engine.ts';

const R = 'sandboxregistry:5000/test/trusttest';
const reference = parseImageReference(`${R}:latest`);
const repository = parseRepositoryName('test/trusttest');

function short(digest: string): string {
  return digest.slice(7, 19);
}

/** Writes other bytes over a blob in the registry's tree. */
async function tamper({ folder }: RunningEngine, digest: string, bytes: string | Buffer): Promise<void> {
  const hex = digestHex(parseDigest(digest));
  await writeFile(join(folder, `registry/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`), bytes);
}

/** Serves `app`, but answers GET of one path by `answer`, where it takes the request. */
function frontFor(path: () => string, answer: (range: string | undefined, outgoing: ServerResponse) => boolean) {
  return (app: NodeApp): NodeApp => {
    const front: NodeApp = new Hono<NodeEnv>();
    front.all('*', async (c) => {
      const isAsked = c.req.method === 'GET' && c.req.path.includes(path());
      if (isAsked && answer(c.req.header('range'), c.env.outgoing as ServerResponse)) return RESPONSE_ALREADY_SENT;
      return app.fetch(c.req.raw, c.env);
    });
    return front;
  };
}

/** Promises `size` bytes, gives some, and closes the connection. */
function cutOff(outgoing: ServerResponse, size: number, bytes: string | Buffer): true {
  outgoing.writeHead(200, { 'content-length': size }).write(bytes, () => outgoing.destroy());
  return true;
}

describe('a pull by tag', () => {
  test("tells each step in docker's words, and names the image by tag and digest", async () => {
    await using running = await startEngine();
    const image = await makeImage(['one', 'two']);
    await putImage(running.registry, 'test/trusttest', 'latest', image);
    const { events, error } = await drain(running.engine.pull(reference));
    expect(error).toBeUndefined();
    const [low, top] = image.layers.map(({ descriptor }) => short(descriptor.digest));
    const lines = textOf(events);
    expect(lines.slice(0, 3)).toEqual([
      'latest: Pulling from test/trusttest',
      `${low}: Pulling fs layer`,
      `${top}: Pulling fs layer`,
    ]);
    expect([...new Set(lines.filter((line) => line.startsWith(`${low}: `)))]).toEqual(
      ['Pulling fs layer', 'Downloading', 'Verifying Checksum', 'Download complete', 'Extracting', 'Pull complete'].map(
        (status) => `${low}: ${status}`,
      ),
    );
    expect(lines.indexOf(`${low}: Pull complete`)).toBeLessThan(lines.indexOf(`${top}: Pull complete`));
    const digest = digestOf(image.manifest);
    expect(lines.slice(-2)).toEqual([`Digest: ${digest}`, `Status: Downloaded newer image for ${R}:latest`]);
    expect(await running.engine.list()).toMatchObject([
      { id: digestOf(image.config), tags: [`${R}:latest`], digests: [`${R}@${digest}`], size: 6 },
    ]);
  });

  test('a second time finds nothing to do', async () => {
    await using running = await startEngine();
    await putImage(running.registry, 'test/trusttest', 'latest', await makeImage(['one']));
    await drain(running.engine.pull(reference));
    const { events } = await drain(running.engine.pull(reference));
    expect(textOf(events).at(-1)).toBe(`Status: Image is up to date for ${R}:latest`);
  });

  test('brings only the layers that are missing, and one of each that repeats', async () => {
    await using running = await startEngine();
    await putImage(running.registry, 'test/trusttest', 'latest', await makeImage(['shared', 'a']));
    await drain(running.engine.pull(reference));
    const shared = makeLayer(await makeTar({ 'file-0.txt': 'shared' }));
    const twice = makeLayer(await makeTar({ 'empty.txt': '' }));
    const next = imageOf([shared, twice, twice]);
    await putImage(running.registry, 'test/trusttest', 'latest', next);
    const { events } = await drain(running.engine.pull(reference));
    const lines = textOf(events);
    expect(lines).toContain(`${short(shared.descriptor.digest)}: Already exists`);
    expect(lines.filter((line) => line === `${short(twice.descriptor.digest)}: Pull complete`)).toHaveLength(1);
    expect((await running.engine.inspect(`${R}:latest`)).image.diffIds).toHaveLength(3);
    expect(await running.engine.list(new Map([['dangling', ['true']]]))).toHaveLength(0); // its digest still names it
  });

  test('of more than three layers lets the others wait', async () => {
    await using running = await startEngine();
    const image = await makeImage(['1', '2', '3', '4', '5']);
    await putImage(running.registry, 'test/trusttest', 'latest', image);
    const lines = textOf((await drain(running.engine.pull(reference))).events);
    const waiting = image.layers.slice(3).map(({ descriptor }) => `${short(descriptor.digest)}: Waiting`);
    expect(lines.filter((line) => line.endsWith('Waiting'))).toEqual(waiting);
  });

  test('without a tag brings all of them', async () => {
    await using running = await startEngine();
    await putImage(running.registry, 'test/trusttest', 'a', await makeImage(['a']));
    await putImage(running.registry, 'test/trusttest', 'b', await makeImage(['b']));
    const lines = textOf((await drain(running.engine.pull(parseImageReference(R)))).events);
    expect(lines.filter((line) => line.includes('Pulling from'))).toEqual([
      'a: Pulling from test/trusttest',
      'b: Pulling from test/trusttest',
    ]);
    expect(lines.at(-1)).toBe(`Status: Downloaded newer image for ${R}`);
  });
});

describe('a pull of an index', () => {
  test('takes the image of this platform, passes attestations over, and reports the index', async () => {
    await using running = await startEngine({ architecture: 'arm64' });
    const [amd, arm] = [await makeImage(['amd']), await makeImage(['arm'], { architecture: 'arm64' })];
    const index = await putIndex(running, [
      { image: amd, platform: { os: 'unknown', architecture: 'unknown' }, isAttestation: true },
      { image: amd, platform: { os: 'linux', architecture: 'amd64' } },
      { image: arm, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
    ]);
    const { events, error } = await drain(running.engine.pull(reference));
    expect(error).toBeUndefined();
    expect(textOf(events)).toContain(`Digest: ${digestOf(index)}`);
    expect(await running.engine.list()).toMatchObject([
      { id: digestOf(arm.config), digests: [`${R}@${digestOf(index)}`] },
    ]);
  });

  test('without an image for this platform says so', async () => {
    await using running = await startEngine({ architecture: 'arm64' });
    await putIndex(running, [{ image: await makeImage(['amd']), platform: { os: 'linux', architecture: 'amd64' } }]);
    const { error } = await drain(running.engine.pull(reference));
    expect(error).toMatchObject({
      code: 'ENGINE_MANIFEST_UNUSABLE',
      message: 'no matching manifest for linux/arm64 in the manifest list entries',
    });
  });
});

interface IndexEntry {
  readonly image: ImageFixture;
  readonly platform: object;
  readonly isAttestation?: boolean;
}

async function putIndex({ registry }: RunningEngine, entries: readonly IndexEntry[]): Promise<Buffer> {
  for (const { image } of entries) {
    await putImage(registry, 'test/trusttest', 'child', image);
  }
  const manifests = entries.map(({ image, platform, isAttestation }) => ({
    mediaType: image.mediaType,
    digest: digestOf(image.manifest),
    size: image.manifest.byteLength,
    platform,
    ...(isAttestation && { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }),
  }));
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests }));
  await registry.manifests.put(repository, parseTag('latest'), MEDIA_TYPES.ociIndex, index);
  return index;
}

describe('content that is not what its digest says is refused, and leaves nothing behind', () => {
  test.each([
    {
      what: 'a manifest with one byte changed',
      part: 'manifest',
      message: /^manifest verification failed for digest sha256:/,
    },
    {
      what: 'a layer of the same length',
      part: 'layer',
      message: /^filesystem layer verification failed for digest sha256:/,
    },
    {
      what: 'a config of the same length',
      part: 'config',
      message: /^error pulling image configuration: image config verification failed for digest sha256:/,
    },
  ])('$what', async ({ part, message }) => {
    await using running = await startEngine();
    const image = await makeImage(['one', 'two']);
    await putImage(running.registry, 'test/trusttest', 'latest', image);
    const parts = new Map([
      ['manifest', image.manifest],
      ['layer', image.layers[1]?.blob ?? Buffer.of()],
      ['config', image.config],
    ]);
    const bytes = Buffer.from(parts.get(part) ?? Buffer.of());
    const digest = digestOf(bytes);
    // still JSON with all members where it was: another digit of a digest, another letter of a command
    const at = part === 'config' ? bytes.indexOf('true') : bytes.length - 5;
    const position = part === 'manifest' ? bytes.indexOf(digestOf(image.config).slice(7)) : at;
    bytes[position] = bytes[position] === 0x31 ? 0x32 : 0x31;
    await tamper(running, digest, bytes);
    const signed = parseImageReference(`${R}@${digestOf(image.manifest)}`);
    const { error } = await drain(running.engine.pull(signed));
    expect(error?.message).toMatch(message);
    expect(running.waited).toEqual([]); // asking again would give the same
    expect(await running.storedFiles()).toEqual([]);
    expect(await running.engine.list()).toEqual([]);
  });

  test('layers that the config does not name', async () => {
    await using running = await startEngine();
    const [layers, config] = [await makeImage(['one']), await makeImage(['other'])];
    const mixed = imageOf(layers.layers);
    const manifest = Buffer.from(
      mixed.manifest
        .toString()
        .replace(digestOf(mixed.config), digestOf(config.config))
        .replace(`"size":${mixed.config.byteLength}`, `"size":${config.config.byteLength}`),
    );
    await putImage(running.registry, 'test/trusttest', 'latest', { ...mixed, config: config.config, manifest });
    const { error } = await drain(running.engine.pull(reference));
    expect(error).toMatchObject({ message: "layers from manifest don't match image configuration" });
    expect(await running.storedFiles()).toEqual([]);
  });

  test('a layer that is no archive', async () => {
    await using running = await startEngine();
    const image = imageOf([makeLayer(Buffer.alloc(2048, 'x'))]);
    await putImage(running.registry, 'test/trusttest', 'latest', image);
    const { error } = await drain(running.engine.pull(reference));
    expect(error).toMatchObject({ code: 'ENGINE_LAYER_ARCHIVE' });
    expect(await running.storedFiles()).toEqual([]);
  });
});

describe('a transfer that breaks', () => {
  test("is tried again on docker's schedule, by Range, and given up as an unexpected end", async () => {
    await using running = await startEngine();
    const image = await makeImage(['one', 'two']);
    await putImage(running.registry, 'test/trusttest', 'latest', image);
    const [broken] = image.layers;
    await tamper(running, broken?.descriptor.digest ?? '', 'Malicious data\n'); // 15 bytes where more are promised
    const { events, error } = await drain(running.engine.pull(reference));
    expect(error).toMatchObject({ code: 'REGISTRY_TRUNCATED', message: 'unexpected EOF' });
    const retries = textOf(events).filter((line) => line.includes('Retrying'));
    const seconds = [5, 10, 15, 20, 25].flatMap((delay) => Array.from({ length: delay }, (_, i) => delay - i));
    expect(retries.map((line) => Number(/Retrying in (\d+) seconds?$/.exec(line)?.[1]))).toEqual(seconds);
    expect(retries.at(-1)).toMatch(/Retrying in 1 second$/);
    expect(running.waited).toHaveLength(75);
    expect(await running.storedFiles()).toEqual([]);
  });

  test('is taken up where it broke', async () => {
    let image: ImageFixture | undefined;
    const ranges: (string | undefined)[] = [];
    const front = frontFor(
      () => image?.layers[0]?.descriptor.digest ?? 'nothing',
      (range, outgoing) => {
        ranges.push(range);
        const blob = image?.layers[0]?.blob ?? Buffer.of();
        return range === undefined && cutOff(outgoing, blob.byteLength, blob.subarray(0, 20));
      },
    );
    await using running = await startEngine({ front });
    image = await makeImage(['one']);
    await putImage(running.registry, 'test/trusttest', 'latest', image);
    const { error } = await drain(running.engine.pull(reference));
    expect(error).toBeUndefined();
    expect(ranges).toEqual([undefined, 'bytes=20-']);
    expect(running.waited).toHaveLength(5);
  });

  test('because its pull is stopped is gone on with by another pull that wants it too', async () => {
    let image: ImageFixture | undefined;
    const ranges: (string | undefined)[] = [];
    const half = 1_500_000;
    const front = frontFor(
      () => image?.layers[0]?.descriptor.digest ?? 'nothing',
      (range, outgoing) => {
        ranges.push(range);
        const blob = image?.layers[0]?.blob ?? Buffer.of();
        if (ranges.length === 1)
          outgoing.writeHead(200, { 'content-length': blob.byteLength }).write(blob.subarray(0, half));
        return ranges.length === 1;
      },
    );
    await using running = await startEngine({ front });
    image = imageOf([makeLayer(await makeTar({ noise: randomBytes(3_000_000) }))]);
    await putImage(running.registry, 'test/trusttest', 'latest', image);
    const stop = new AbortController();
    const first = running.engine.pull(reference, { signal: stop.signal });
    let got = 0;
    while (got === 0) got = (await first.next()).value?.progressDetail?.current ?? got;
    const second = running.engine.pull(reference);
    const lines = textOf([(await second.next()).value, (await second.next()).value]);
    expect(lines.at(-1)).toMatch(/Pulling fs layer$/); // it waits for the first
    stop.abort();
    expect((await drain(first)).error?.name).toBe('AbortError');
    expect((await drain(second)).error).toBeUndefined();
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    expect(await running.engine.list()).toHaveLength(1);
  });

  test('and was put together from two answers that do not fit is fetched anew', async () => {
    let image: ImageFixture | undefined;
    let calls = 0;
    const front = frontFor(
      () => image?.layers[0]?.descriptor.digest ?? 'nothing',
      (_, outgoing) => {
        calls += 1;
        return calls === 1 && cutOff(outgoing, image?.layers[0]?.blob.byteLength ?? 0, 'wrong beginning');
      },
    );
    await using running = await startEngine({ front });
    image = await makeImage(['one']);
    await putImage(running.registry, 'test/trusttest', 'latest', image);
    const { error } = await drain(running.engine.pull(reference));
    expect(error).toBeUndefined();
    expect(calls).toBe(3); // broken, resumed and wrong, whole
  });

  test('of the config is told as such', async () => {
    await using running = await startEngine();
    const image = await makeImage(['one']);
    await putImage(running.registry, 'test/trusttest', 'latest', image);
    await tamper(running, digestOf(image.config), 'Malicious data\n');
    const { error } = await drain(running.engine.pull(reference));
    expect(error?.message).toBe('error pulling image configuration: download failed after attempts=6: unexpected EOF');
    expect(await running.storedFiles()).toEqual([]);
  });
});

test('a pull that is given up leaves nothing behind, and can be done again', async () => {
  let image: ImageFixture | undefined;
  let isStuck = true;
  const front = frontFor(
    () => (isStuck ? (image?.layers[1]?.descriptor.digest ?? 'nothing') : 'nothing'),
    (_, outgoing) => {
      outgoing.writeHead(200, { 'content-length': 1000 }).flushHeaders(); // and nothing comes
      return true;
    },
  );
  await using running = await startEngine({ front });
  image = await makeImage(['one', 'two']);
  await putImage(running.registry, 'test/trusttest', 'latest', image);
  for await (const { status } of running.engine.pull(reference)) if (status === 'Pull complete') break;
  expect(await running.storedFiles()).toEqual([]);
  isStuck = false;
  expect((await drain(running.engine.pull(reference))).error).toBeUndefined();
});

describe("what is not there is refused in docker's words", () => {
  test.each([
    [`${R}:nosuch`, `manifest for ${R}:nosuch not found: manifest unknown: manifest unknown`],
    [
      `${R}@sha256:${'0'.repeat(64)}`,
      `manifest for ${R}@sha256:${'0'.repeat(64)} not found: manifest unknown: manifest unknown`,
    ],
  ])('%s', async (name, message) => {
    await using running = await startEngine();
    await putImage(running.registry, 'test/trusttest', 'latest', await makeImage(['one']));
    const { events, error } = await drain(running.engine.pull(parseImageReference(name)));
    expect(error).toMatchObject({ code: 'ENGINE_PULL_REFUSED', message });
    expect(events).toEqual([]);
  });
});

test('layers may come plain or packed by zstd', async () => {
  await using running = await startEngine();
  const tar = await makeTar({ 'a.txt': 'plain' });
  // one raw block in a frame of a single segment: zstd as RFC 8878 §3.1.1 has it, written by hand
  const other = await makeTar({ 'b.txt': 'packed' });
  expect(other.byteLength).toBe(2048);
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x60, ...uint16(2048 - 256), ...uint24((2048 << 3) | 1)]);
  const image = imageOf([
    makeLayer(tar, MEDIA_TYPES.ociLayer, tar),
    makeLayer(other, MEDIA_TYPES.ociLayerZstd, Buffer.concat([frame, other])),
  ]);
  await putImage(running.registry, 'test/trusttest', 'latest', image);
  const { error } = await drain(running.engine.pull(reference));
  expect(error).toBeUndefined();
  expect(await running.engine.list()).toMatchObject([{ size: 11 }]);
});

function uint16(value: number): number[] {
  return [value & 0xff, value >> 8];
}

function uint24(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, value >> 16];
}

test('opening the store empties what was on its way in when the process died', async () => {
  await using running = await startEngine();
  await writeFile(join(running.folder, 'store/tmp/half'), 'half a layer');
  const { openEngine } = await import('../../src/engine/index.ts');
  await using _ = await openEngine({ root: join(running.folder, 'store') });
  expect(await readdir(join(running.folder, 'store/tmp'))).toEqual([]);
});
