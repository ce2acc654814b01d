import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import { DEFAULT_URLS } from '../../src/registry/http/location.ts';
import { openFilesystemDriver } from '../../src/storage/index.ts';
import { TreeVerifier } from './crash/verify-tree.ts';
import { imageManifest, type RunningRegistry, runRegistry } from './running-registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'replicas-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const oci = { 'content-type': MEDIA_TYPES.ociManifest };

function serve(name: string, uploadSecret?: string): Promise<RunningRegistry> {
  const driver = openFilesystemDriver(join(folder, name));
  return runRegistry({ driver, deleteEnabled: true, urls: { ...DEFAULT_URLS, uploadSecret } });
}

describe('two servers over one folder', () => {
  test.each([undefined, 'secret'])(
    'take turns at one upload, by the URLs each gave, with the secret %s',
    async (secret) => {
      await using one = await serve(`turns-${secret}`, secret);
      await using two = await serve(`turns-${secret}`, secret);
      const content = randomBytes(500_000);
      let location = (await one.ask('POST', '/v2/r/x/blobs/uploads/')).headers.location ?? '';
      for (let at = 0; at < 400_000; at += 100_000) {
        const replica = at % 200_000 === 0 ? two : one;
        const answer = await replica.ask('PATCH', pathOf(location), { body: content.subarray(at, at + 100_000) });
        expect([answer.status, answer.headers.range]).toEqual([202, `0-${at + 99_999}`]);
        location = answer.headers.location ?? '';
      }
      const path = `${pathOf(location)}&digest=${digestOf(content)}`;
      expect(await two.ask('PUT', path, { body: content.subarray(400_000) })).toMatchObject({ status: 201 });
      expect(digestOf((await one.ask('GET', `/v2/r/x/blobs/${digestOf(content)}`)).body)).toBe(digestOf(content));
    },
  );

  test('do not take an upload state that was signed with another secret', async () => {
    await using one = await serve('secrets', 'one');
    await using two = await serve('secrets', 'two');
    const { location = '' } = (await one.ask('POST', '/v2/r/x/blobs/uploads/')).headers;
    expect(await two.ask('PATCH', pathOf(location), { body: 'x' })).toMatchObject({
      status: 404,
      code: 'BLOB_UPLOAD_INVALID',
    });
  });

  test('do not write to one upload at once: the second comes too late', async () => {
    await using one = await serve('alone');
    await using two = await serve('alone');
    const path = pathOf((await one.ask('POST', '/v2/r/x/blobs/uploads/')).headers.location ?? '').replace(/\?.*/, '');
    const slow = request({ port: one.port, method: 'PATCH', path, agent: false });
    const answered = new Promise<number>((resolve) => {
      slow.on('response', (response) => resolve(response.resume().statusCode ?? 0));
    });
    slow.write('first ');
    await expect.poll(async () => (await one.ask('GET', path)).headers.range).toBe('0-5');
    const late = two.ask('PATCH', path, { body: 'late', headers: { 'content-range': '6-9' } });
    slow.end('writer');
    expect(await answered).toBe(202);
    expect(await late).toMatchObject({ status: 416, code: 'RANGE_INVALID' });
    const digest = digestOf('first writer');
    expect(await two.ask('PUT', `${path}?digest=${digest}`)).toMatchObject({ status: 201 });
  });

  test('see at once what the other has pushed, moved and deleted', async () => {
    await using one = await serve('caches');
    await using two = await serve('caches');
    const blob = await one.pushBlob('r/x', Buffer.from('layer'));
    const images = ['a', 'b'].map((v) => imageManifest(blob, [blob], { annotations: { v } }));
    for (const [i, body] of [...images, ...images].entries()) {
      const [writer, reader] = i % 2 === 0 ? [one, two] : [two, one];
      expect(await writer.ask('PUT', '/v2/r/x/manifests/latest', { body, headers: oci })).toMatchObject({
        status: 201,
      });
      expect(String((await reader.ask('GET', '/v2/r/x/manifests/latest')).body)).toBe(body);
    }
    await one.ask('DELETE', '/v2/r/x/manifests/latest');
    expect(await two.ask('GET', '/v2/r/x/manifests/latest')).toMatchObject({ status: 404 });
    await two.ask('DELETE', `/v2/r/x/blobs/${blob}`);
    expect(await one.ask('HEAD', `/v2/r/x/blobs/${blob}`)).toMatchObject({ status: 404 });
    const again = await one.ask('PUT', '/v2/r/x/manifests/latest', { body: imageManifest(blob, [blob]), headers: oci });
    expect(again).toMatchObject({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' });
  });

  test('leave no tag that was put between the look for tags and the removal of their manifest', async () => {
    await using one = await serve('between');
    const blob = await one.pushBlob('r/x', Buffer.from('layer'));
    const body = imageManifest(blob, [blob]);
    const put = (tag: string) => one.ask('PUT', `/v2/r/x/manifests/${tag}`, { body, headers: oci });
    expect(await put('latest')).toMatchObject({ status: 201 });
    let isPut = false;
    const driver = openFilesystemDriver(join(folder, 'between'));
    const late = new Proxy(driver, {
      get: (target, name, receiver) =>
        name !== 'delete'
          ? Reflect.get(target, name, receiver)
          : async (key: string) => {
              if (key.includes('/_manifests/revisions/') && !isPut) {
                isPut = true;
                expect(await put('stable')).toMatchObject({ status: 201 });
              }
              await driver.delete(key as never);
            },
    });
    await using two = await runRegistry({ driver: late, deleteEnabled: true });
    expect(await two.ask('DELETE', `/v2/r/x/manifests/${digestOf(body)}`)).toMatchObject({ status: 202 });
    expect(isPut).toBe(true);
    expect(new TreeVerifier(join(folder, 'between')).faults()).toEqual([]);
  });

  test('leave no tag without its manifest when one pushes what the other deletes', async () => {
    await using one = await serve('delete');
    await using two = await serve('delete');
    const verifier = new TreeVerifier(join(folder, 'delete'));
    const blob = await one.pushBlob('r/x', Buffer.from('layer'));
    const body = imageManifest(blob, [blob]);
    for (let round = 0; round < 15; round += 1) {
      await Promise.all([
        one.ask('PUT', '/v2/r/x/manifests/latest', { body, headers: oci }),
        two.ask('PUT', '/v2/r/x/manifests/stable', { body, headers: oci }),
        two.ask('DELETE', `/v2/r/x/manifests/${digestOf(body)}`),
        one.ask('DELETE', '/v2/r/x/manifests/latest'),
        one.pushBlob('r/x', Buffer.from('layer')),
      ]);
      expect(verifier.faults()).toEqual([]);
      expect(await two.ask('PUT', '/v2/r/x/manifests/latest', { body, headers: oci })).toMatchObject({ status: 201 });
    }
  });
});

function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/]+/, '');
}
