import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Digest, digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import { openFilesystemDriver } from '../../src/storage/index.ts';
import { imageManifest, type RunningRegistry, runRegistry } from './running-registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'crash-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = join(folder, 'pusher.mjs');
const oci = { 'content-type': MEDIA_TYPES.ociManifest };

describe('a registry killed while it is pushed to', () => {
  beforeAll(async () => {
    await build({
      entryPoints: [join(import.meta.dirname, 'endless-pusher.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    });
  });

  test('leaves only tags that lead to whole images', async () => {
    const root = join(folder, 'tree');
    for (const pushes of [1, 3, 8, 2, 5]) {
      await killAfter(fork(program, [root], { stdio: 'ignore' }), pushes);
      await using registry = await runRegistry({ driver: openFilesystemDriver(root) });
      await verifyImages(registry);
    }
    const data = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => /blobs.*\/data$/.test(path));
    expect(data.length).toBeGreaterThan(10);
  });
});

/** The pusher says after each push that it did it; the kill comes in the middle of a later one. */
function killAfter(child: ChildProcess, pushes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let done = 0;
    child.on('message', () => {
      done += 1;
      if (done === pushes) child.kill('SIGKILL');
    });
    child
      .on('error', reject)
      .on('exit', () => (done >= pushes ? resolve() : reject(new Error('the pusher ended early'))));
  });
}

async function verifyImages({ ask }: RunningRegistry): Promise<void> {
  const { tags } = JSON.parse(String((await ask('GET', '/v2/crash/test/tags/list')).body));
  expect(tags.length).toBeGreaterThan(0);
  for (const tag of tags) {
    const { status, body, headers } = await ask('GET', `/v2/crash/test/manifests/${tag}`);
    expect([tag, status, digestOf(body)]).toEqual([tag, 200, headers['docker-content-digest']]);
    const { config, layers } = JSON.parse(String(body));
    for (const { digest } of [config, ...layers]) {
      const blob = await ask('GET', `/v2/crash/test/blobs/${digest}`);
      expect([blob.status, digestOf(blob.body)]).toEqual([200, digest]);
    }
  }
}

test('pushes side by side never show a reader anything but a whole image', async () => {
  await using registry = await runRegistry({ driver: openFilesystemDriver(join(folder, 'race')) });
  const { ask, pushBlob } = registry;
  const shared = Buffer.alloc(100_000, 'shared layer ');
  const push = async (i: number): Promise<Digest> => {
    const [config, layer] = await Promise.all([
      pushBlob('race/test', Buffer.from(`{"i":${i}}`)),
      pushBlob('race/test', shared),
    ]);
    const body = imageManifest(config, [layer]);
    expect(await ask('PUT', '/v2/race/test/manifests/latest', { body, headers: oci })).toMatchObject({ status: 201 });
    return digestOf(body);
  };
  const pushed = Array.from({ length: 20 }, (_, i) => push(i));
  const reads = Array.from({ length: 60 }, async () => {
    const { status, body, headers } = await ask('GET', '/v2/race/test/manifests/latest');
    if (status !== 404) expect([status, headers['docker-content-digest']]).toEqual([200, digestOf(body)]);
  });
  const digests = await Promise.all(pushed);
  await Promise.all(reads);
  const final = await ask('GET', '/v2/race/test/manifests/latest');
  expect(digests).toContain(final.headers['docker-content-digest']);
});
