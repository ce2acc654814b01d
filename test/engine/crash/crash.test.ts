import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { parseImageReference } from '../../../src/core/index.ts';
import { openEngine } from '../../../src/engine/index.ts';
import { listen } from '../../../src/http/index.ts';
import { createRegistry } from '../../../src/registry/index.ts';
import { createMemoryDriver } from '../../../src/storage/index.ts';
import { writeImages } from '../../bench/archives.ts';
import { makeImage, putImage } from '../image-fixture.ts';

const ARCHIVE = join(import.meta.dirname, '../../golden/recordings/images/trusttest.tar');
const KILLS = Number(process.env.TRUSTSANDBOX_TEST_KILLS ?? 15);
const LONGEST_LIFE_MS = 120;
const MANY = 40;
const LONGEST_LOAD_MS = 400;

test('an engine killed again and again has whole images only, and goes on', { timeout: 600_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'killed-'));
  const registry = createRegistry({ driver: createMemoryDriver() });
  await using served = await listen(registry.app, { kind: 'tcp', host: '127.0.0.1', port: 0 });
  const port = served.address.kind === 'tcp' ? served.address.port : 0;
  for (let i = 0; i < 3; i += 1) {
    const noise = ['shared', `${i}`.repeat(200_000)];
    await putImage(registry, `test/image-${i}`, 'latest', await makeImage(noise, { labels: { i: `${i}` } }));
  }
  try {
    const program = await bundle(folder);
    const root = join(folder, 'store');
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = spawn(process.execPath, [program, root, String(port), ARCHIVE], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      await opened(child);
      await sleep((kill * 37) % LONGEST_LIFE_MS); // at other instants of its work each time
      child.kill('SIGKILL');
      await once(child, 'exit');
      await verifyStore(root);
    }
    await using engine = await openEngine({
      root,
      resolveRegistry: (domain) => [{ baseUrl: `http://${domain}`, connectTo: { host: '127.0.0.1', port } }],
      platform: { os: 'linux', architecture: 'amd64' },
    });
    for await (const _ of engine.pull(parseImageReference('sandboxregistry:5000/test/image-0:latest')));
    for (const { id } of await engine.list()) await engine.remove(id, true);
    expect(await filesOf(join(root, 'blobs'))).toEqual([]); // nothing is left that nothing names
    expect(await filesOf(join(root, 'tmp'))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a load of many images that is killed leaves all of them or none', { timeout: 600_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'loads-'));
  try {
    const archive = join(folder, 'many.tar');
    const names = Array.from({ length: MANY }, (_, i) => `many/image:${i}`);
    await writeImages(archive, { names, layers: 1, layerBytes: 100, text: 0 });
    const program = await bundle(folder, 'loaded-engine.ts');
    const outcomes = new Set<number>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const root = join(folder, `store-${kill}`);
      const child = spawn(process.execPath, [program, root, archive], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      const ended = once(child, 'exit');
      await opened(child);
      const life = (LONGEST_LOAD_MS * (kill + 1)) / KILLS;
      await Promise.race([ended, kill === KILLS - 1 ? ended : sleep(life)]); // the last one lives
      child.kill('SIGKILL');
      await ended;
      await verifyStore(root);
      await using engine = await openEngine({ root });
      const images = await engine.list();
      outcomes.add(images.flatMap(({ tags }) => tags).length);
      expect([0, MANY]).toContain(images.length);
      await rm(root, { recursive: true, force: true });
    }
    expect([...outcomes].every((count) => count === 0 || count === MANY)).toBe(true);
    expect(outcomes).toContain(MANY);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Each image can be inspected and saved: config and layers are there, with their own bytes. */
async function verifyStore(root: string): Promise<void> {
  await using engine = await openEngine({ root });
  for (const { id, tags } of await engine.list()) {
    for (const name of [id, ...tags]) expect((await engine.inspect(name)).image.id).toBe(id);
    let size = 0;
    for await (const chunk of await engine.save([id])) size += chunk.byteLength;
    expect(size).toBeGreaterThan(0);
  }
}

async function opened(child: ChildProcess): Promise<void> {
  const told = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => undefined)]);
  expect(told).toEqual(['open', undefined]);
}

async function bundle(folder: string, name = 'worked-engine.ts'): Promise<string> {
  const outfile = join(folder, 'engine.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, name)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['libsql', '@aws-sdk/*'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return outfile;
}

async function filesOf(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((file) => file.isFile()).map(({ name }) => name);
}
