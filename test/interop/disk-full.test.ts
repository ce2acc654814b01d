import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import { bundleServer, type ServerProcess, startServerProcess } from '../registry/crash/server-process.ts';
import { type Answer, type AskOptions, askPort, imageManifest } from '../registry/running-registry.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

const MIB = 1024 * 1024;

/** A registry on a filesystem of 8 MiB, 4 of them taken by a file that can be removed, in a mount namespace of its own. */
describe('a registry on a full filesystem', () => {
  let workspace: Workspace;
  let server: ServerProcess;
  beforeAll(async () => {
    workspace = await createWorkspace();
    const program = await bundleServer(workspace.path);
    const disk = workspace.at('disk');
    const script = [
      'mkdir "$0"',
      'mount -t tmpfs -o size=8m tmpfs "$0"',
      `dd if=/dev/zero of="$0/ballast" bs=1M count=4 2>/dev/null`,
      'exec "$@"',
    ].join(' && ');
    const namespace = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-Urm'];
    server = await startServerProcess(program, [`${disk}/tree`], [...namespace, 'sh', '-c', script, disk]);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await workspace?.[Symbol.asyncDispose]();
  });
  const ask = (method: string, path: string, options?: AskOptions): Promise<Answer> =>
    askPort(server.port, method, path, options);
  const push = (bytes: Uint8Array): Promise<Answer> =>
    ask('POST', `/v2/a/b/blobs/uploads/?digest=${digestOf(bytes)}`, { body: bytes });

  test('refuses what there is no room for, serves what it has, and takes it all when there is room again', async () => {
    const [small, large] = [randomBytes(100_000), randomBytes(5 * MIB)];
    expect(await push(small)).toMatchObject({ status: 201 });
    for (let again = 0; again < 3; again += 1) {
      const refused = await push(large);
      expect([refused.status, String(refused.body)]).toEqual([507, expect.stringContaining('no space left')]);
    }
    // What was refused has given its room back: there is still some for another.
    expect(await push(randomBytes(2 * MIB))).toMatchObject({ status: 201 });

    const chunked = randomBytes(4 * MIB);
    const started = await ask('POST', '/v2/a/b/blobs/uploads/');
    const path = new URL(started.headers.location ?? '').pathname;
    expect(await ask('PATCH', path, { body: chunked })).toMatchObject({ status: 507, code: 'UNAVAILABLE' });
    const filled = await ask('GET', path);
    const body = imageManifest(digestOf(small), [digestOf(small)]);
    const put = () =>
      ask('PUT', '/v2/a/b/manifests/latest', { body, headers: { 'content-type': MEDIA_TYPES.ociManifest } });
    expect((await put()).status).toBe(507);
    expect(await ask('GET', '/v2/a/b/manifests/latest')).toMatchObject({ status: 404 });
    expect(digestOf((await ask('GET', `/v2/a/b/blobs/${digestOf(small)}`)).body)).toBe(digestOf(small));

    server.child.send(workspace.at('disk', 'ballast'));
    await once(server.child, 'message');
    const at = Number(filled.headers.range?.slice(2)) + 1;
    expect(at).toBeGreaterThan(MIB);
    const rest = { body: chunked.subarray(at) };
    expect(await ask('PUT', `${path}?digest=${digestOf(chunked)}`, rest)).toMatchObject({ status: 201 });
    expect(digestOf((await ask('GET', `/v2/a/b/blobs/${digestOf(chunked)}`)).body)).toBe(digestOf(chunked));
    expect((await put()).status).toBe(201);
  });
});
