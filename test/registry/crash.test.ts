import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Digest, digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import { openFilesystemDriver } from '../../src/storage/index.ts';
import { killAgainAndAgain } from './crash/kill-again-and-again.ts';
import { bundleServer, startServerProcess } from './crash/server-process.ts';
import { askPort, imageManifest, runRegistry } from './running-registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'crash-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const oci = { 'content-type': MEDIA_TYPES.ociManifest };

describe('a registry killed while it is pushed to', () => {
  let program: string;
  beforeAll(async () => {
    program = await bundleServer(folder);
  });

  // A thousand times in test/interop/crash-registry.test.ts.
  test('keeps what it has promised, names nothing that is missing, and goes on with what was begun', async () => {
    await killAgainAndAgain(program, join(folder, 'killed'), { kills: 12, seed: 1 });
  });

  test('takes what a kill has left away when it starts', async () => {
    const root = join(folder, 'left');
    await using server = await startServerProcess(program, [root]);
    const ask = askPort.bind(undefined, server.port);
    const location = new URL((await ask('POST', '/v2/r/x/blobs/uploads/')).headers.location ?? '').pathname;
    await ask('PATCH', location, { body: 'half' });
    mkdirSync(join(root, '.drafts'), { recursive: true });
    writeFileSync(join(root, '.drafts/half-a-link'), 'sha2');
    await server.kill();
    await using again = await startServerProcess(program, [root, '0']);
    expect(await askPort(again.port, 'GET', location)).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
    expect(readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => /half|data/.test(path))).toEqual(
      [],
    );
  });
});

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
