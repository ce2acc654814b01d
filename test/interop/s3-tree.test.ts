import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Digest, digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import { type Listener, listen } from '../../src/http/index.ts';
import { createRegistry } from '../../src/registry/index.ts';
import { openS3Driver } from '../../src/storage/index.ts';
import { imageManifest } from '../registry/running-registry.ts';
import type { DockerRegistry } from './peers/docker-registry.ts';
import { startDockerRegistryOnS3 } from './peers/docker-registry-on-s3.ts';
import { type S3Peer, startS3 } from './peers/s3.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

const MIB = 1024 * 1024;
const SECRET = 'shared by both';

/** Our registry and docker-registry over one bucket: what one stores the other serves, and uploads may change hands. */
describe('a bucket', () => {
  let workspace: Workspace;
  let s3: S3Peer;
  let ours: Listener;
  let theirs: DockerRegistry;
  beforeAll(async () => {
    workspace = await createWorkspace();
    s3 = await startS3('127.71.9.6');
    const options = s3.fresh();
    const urls = { prefix: '', isRelative: false, uploadSecret: SECRET };
    const registry = createRegistry({ driver: await openS3Driver(options), deleteEnabled: true, urls });
    ours = await listen(registry.app, { kind: 'tcp', host: '127.71.9.7', port: 5000 });
    theirs = await startDockerRegistryOnS3(workspace, options, { host: '127.71.9.8', port: 5000 }, SECRET);
  });
  afterAll(async () => {
    await theirs?.[Symbol.asyncDispose]();
    await ours?.[Symbol.asyncDispose]();
    await s3?.[Symbol.asyncDispose]();
    await workspace?.[Symbol.asyncDispose]();
  });
  const urlOf = (who: 'ours' | 'docker-registry'): string => (who === 'ours' ? ours.url : theirs.url);

  test.each([
    { writer: 'ours', reader: 'docker-registry' },
    { writer: 'docker-registry', reader: 'ours' },
  ] as const)('that $writer wrote to is served by $reader', async ({ writer, reader }) => {
    const name = `written/by/${writer}`;
    const layer = randomBytes(7 * MIB);
    const [config, big] = [await push(urlOf(writer), name, Buffer.from('{}')), await push(urlOf(writer), name, layer)];
    const manifest = imageManifest(config, [big]);
    const put = await fetch(`${urlOf(writer)}/v2/${name}/manifests/v1`, {
      method: 'PUT',
      headers: { 'content-type': MEDIA_TYPES.ociManifest },
      body: manifest,
    });
    expect(put.status).toBe(201);
    const accept = { headers: { accept: MEDIA_TYPES.ociManifest } };
    expect(await (await fetch(`${urlOf(reader)}/v2/${name}/manifests/v1`, accept)).text()).toBe(manifest);
    expect(digestOf(await bytesOf(`${urlOf(reader)}/v2/${name}/blobs/${big}`))).toBe(big);
    expect(await (await fetch(`${urlOf(reader)}/v2/${name}/tags/list`)).json()).toEqual({ name, tags: ['v1'] });
  });

  test.each([
    { first: 'ours', second: 'docker-registry', pieces: [6 * MIB] },
    { first: 'ours', second: 'docker-registry', pieces: [6 * MIB, 1000] },
    { first: 'docker-registry', second: 'ours', pieces: [6 * MIB] },
    { first: 'docker-registry', second: 'ours', pieces: [6 * MIB, 1000, 5 * MIB] },
    { first: 'docker-registry', second: 'ours', pieces: [1000] },
  ] as const)(
    'of an upload of $pieces bytes begun by $first is finished by $second',
    async ({ first, second, pieces }) => {
      const content = randomBytes(pieces.reduce<number>((sum, piece) => sum + piece, 0) + 2 * MIB);
      const digest = digestOf(content);
      const started = await fetch(`${urlOf(first)}/v2/changed/hands/blobs/uploads/`, { method: 'POST' });
      let location = started.headers.get('location') ?? '';
      let at = 0;
      for (const piece of pieces) {
        const body = content.subarray(at, at + piece);
        const headers = { 'content-type': 'application/octet-stream' };
        const patched = await fetch(location, { method: 'PATCH', headers, body });
        expect([patched.status, patched.headers.get('range')]).toEqual([202, `0-${at + piece - 1}`]);
        location = patched.headers.get('location') ?? '';
        at += piece;
      }
      const handed = location.replace(urlOf(first), urlOf(second));
      const put = await fetch(`${handed}&digest=${digest}`, { method: 'PUT', body: content.subarray(at) });
      expect([put.status, await put.text()]).toEqual([201, '']);
      for (const url of [ours.url, theirs.url]) {
        expect(digestOf(await bytesOf(`${url}/v2/changed/hands/blobs/${digest}`))).toBe(digest);
      }
    },
  );
});

async function push(url: string, name: string, content: Uint8Array): Promise<Digest> {
  const digest = digestOf(content);
  const started = await fetch(`${url}/v2/${name}/blobs/uploads/`, { method: 'POST' });
  const location = started.headers.get('location') ?? '';
  const put = await fetch(`${location}&digest=${digest}`, { method: 'PUT', body: content });
  expect([put.status, await put.text()]).toEqual([201, '']);
  return digest;
}

async function bytesOf(url: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}
