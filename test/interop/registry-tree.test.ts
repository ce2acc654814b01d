import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MEDIA_TYPES } from '../../src/core/index.ts';
import { startDockerRegistry } from './peers/docker-registry.ts';
import { startOurRegistry } from './peers/our-registry.ts';
import { createWorkspace } from './peers/workspace.ts';

/** (d): a storage tree is handed from one registry to the other, both ways. */
const OURS = { host: '127.71.1.1', port: 5000 };
const THEIRS = { host: '127.71.1.2', port: 5000 };
const NAME = 'test/handed/over';

type Starter = (root: string) => Promise<AsyncDisposable & { readonly url: string }>;

describe('the storage tree', () => {
  test('that our registry wrote is served by docker-registry', async () => {
    await using workspace = await createWorkspace();
    await handOver(workspace.at('tree'), (root) => startOurRegistry(root, OURS), dockerRegistry(workspace));
  });

  test('that docker-registry wrote is served by ours', async () => {
    await using workspace = await createWorkspace();
    await handOver(workspace.at('tree'), dockerRegistry(workspace), (root) => startOurRegistry(root, OURS));
  });

  test('may be written by both in turn, while both serve it', async () => {
    await using workspace = await createWorkspace();
    const root = workspace.at('tree');
    await using ours = await startOurRegistry(root, OURS);
    await using theirs = await dockerRegistry(workspace)(root);
    for (const [i, url] of [ours.url, theirs.url, ours.url, theirs.url].entries()) {
      const digest = await push(url, 'turns', [`version ${i}`], 'latest');
      for (const reader of [ours.url, theirs.url]) expect(await digestOf(reader, 'turns', 'latest')).toBe(digest);
    }
    await remove(theirs.url, 'turns', await digestOf(ours.url, 'turns', 'latest'));
    expect((await get(ours.url, '/v2/turns/manifests/latest')).status).toBe(404);
  });

  test('of an upload begun here is finished there', async () => {
    await using workspace = await createWorkspace();
    const root = workspace.at('tree');
    await using ours = await startOurRegistry(root, OURS);
    await using theirs = await dockerRegistry(workspace)(root);
    const started = await fetch(`${theirs.url}/v2/turns/blobs/uploads/`, { method: 'POST' });
    const id = String(started.headers.get('docker-upload-uuid'));
    await fetch(String(started.headers.get('location')), {
      method: 'PATCH',
      headers: { 'content-type': 'application/octet-stream' },
      body: 'begun there, ',
    });
    const digest = sha256('begun there, finished here');
    const put = await fetch(`${ours.url}/v2/turns/blobs/uploads/${id}?digest=${digest}`, {
      method: 'PUT',
      body: 'finished here',
    });
    expect(put.status).toBe(201);
    expect(await (await get(theirs.url, `/v2/turns/blobs/${digest}`)).text()).toBe('begun there, finished here');
  });
});

const dockerRegistry =
  (workspace: Parameters<typeof startDockerRegistry>[0]): Starter =>
  (root) =>
    startDockerRegistry(workspace, root, THEIRS);

/** One registry writes and stops; the other starts on what it left, and must have all of it. */
async function handOver(root: string, startWriter: Starter, startReader: Starter): Promise<void> {
  const layers = ['a layer', 'another layer', 'x'.repeat(300_000)];
  let [image, index] = ['', ''];
  {
    await using writer = await startWriter(join(root));
    image = await push(writer.url, NAME, layers, 'latest');
    await push(writer.url, NAME, ['other'], 'latest2');
    await push(writer.url, 'second', layers, 'v1');
    index = await pushIndex(writer.url, NAME, image, 'index');
  }
  await using reader = await startReader(join(root));
  const tags = (await (await get(reader.url, `/v2/${NAME}/tags/list`)).json()) as { name: string; tags: string[] };
  expect({ ...tags, tags: [...tags.tags].sort() }).toEqual({ name: NAME, tags: ['index', 'latest', 'latest2'] });
  expect(await (await get(reader.url, '/v2/_catalog')).json()).toEqual({ repositories: ['second', NAME].sort() });
  expect(await digestOf(reader.url, NAME, 'latest')).toBe(image);
  expect(await digestOf(reader.url, NAME, 'index')).toBe(index);
  for (const layer of layers) {
    expect(await (await get(reader.url, `/v2/${NAME}/blobs/${sha256(layer)}`)).text()).toBe(layer);
  }
  expect((await get(reader.url, `/v2/second/blobs/${sha256('other')}`)).status).toBe(404);
  const next = await push(reader.url, NAME, ['a new layer', 'a layer'], 'latest');
  expect(await digestOf(reader.url, NAME, 'latest')).toBe(next);
}

async function push(url: string, name: string, layers: readonly string[], tag: string): Promise<string> {
  const config = '{"architecture":"amd64","os":"linux"}';
  for (const blob of [config, ...layers]) {
    const { headers } = await fetch(`${url}/v2/${name}/blobs/uploads/`, { method: 'POST' });
    const location = `${headers.get('location')}&digest=${sha256(blob)}`;
    expect((await fetch(location, { method: 'PUT', body: blob })).status).toBe(201);
  }
  const descriptor = (mediaType: string, text: string) => ({ mediaType, size: text.length, digest: sha256(text) });
  return putManifest(url, name, tag, MEDIA_TYPES.dockerManifest, {
    config: descriptor(MEDIA_TYPES.dockerConfig, config),
    layers: layers.map((layer) => descriptor(MEDIA_TYPES.dockerLayer, layer)),
  });
}

async function pushIndex(url: string, name: string, image: string, tag: string): Promise<string> {
  const size = (await (await get(url, `/v2/${name}/manifests/${image}`)).arrayBuffer()).byteLength;
  const platform = { os: 'linux', architecture: 'amd64' };
  return putManifest(url, name, tag, MEDIA_TYPES.dockerManifestList, {
    manifests: [{ mediaType: MEDIA_TYPES.dockerManifest, digest: image, size, platform }],
  });
}

async function putManifest(url: string, name: string, tag: string, mediaType: string, more: object): Promise<string> {
  const body = JSON.stringify({ schemaVersion: 2, mediaType, ...more });
  const headers = { 'content-type': mediaType };
  const put = await fetch(`${url}/v2/${name}/manifests/${tag}`, { method: 'PUT', body, headers });
  expect([put.status, await put.text()]).toEqual([201, '']);
  return sha256(body);
}

async function digestOf(url: string, name: string, tag: string): Promise<string> {
  const answer = await get(url, `/v2/${name}/manifests/${tag}`);
  const digest = sha256(Buffer.from(await answer.arrayBuffer()));
  expect(answer.headers.get('docker-content-digest')).toBe(digest);
  return digest;
}

async function remove(url: string, name: string, digest: string): Promise<void> {
  expect((await fetch(`${url}/v2/${name}/manifests/${digest}`, { method: 'DELETE' })).status).toBe(202);
}

function get(url: string, path: string): Promise<Response> {
  return fetch(url + path, { headers: { accept: Object.values(MEDIA_TYPES).join(', ') } });
}

function sha256(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
