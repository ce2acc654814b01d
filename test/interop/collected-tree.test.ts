import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import { imageManifest } from '../registry/running-registry.ts';
import { startDockerRegistry } from './peers/docker-registry.ts';
import { ourProgram } from './peers/our-program.ts';
import { startOurRegistry } from './peers/our-registry.ts';
import { run } from './peers/run.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

/** A tree that one registry filled and the other collected; and both collectors on copies of one tree. */
const OURS = { host: '127.71.12.1', port: 5000 };
const THEIRS = { host: '127.71.12.2', port: 5000 };
const NAME = 'test/collected';

describe('a storage tree', () => {
  test('that docker-registry filled and our collector collected is served and filled on by docker-registry', async () => {
    await using workspace = await createWorkspace();
    const root = workspace.at('tree');
    {
      await using theirs = await startDockerRegistry(workspace, root, THEIRS);
      await fill(theirs.url);
    }
    const collected = await ourProgram(workspace, ['registry', 'garbage-collect', '-m', '--offline', '--root', root]);
    expect(collected, collected.stderr).toMatchObject({ status: 0 });
    expect(collected.stdout).toMatch(/^4 blobs marked, 6 blobs and 1 manifests deleted\n/);
    await using theirs = await startDockerRegistry(workspace, root, THEIRS);
    await verify(theirs.url);
    await pushImage(theirs.url, ['gone', 'kept'], 'again');
  });

  test('that our registry filled and docker-registry collected is served and filled on by ours', async () => {
    await using workspace = await createWorkspace();
    const root = workspace.at('tree');
    {
      await using ours = await startOurRegistry(root, OURS);
      await fill(ours.url);
    }
    await collectTheirs(workspace, root);
    await using ours = await startOurRegistry(root, OURS);
    await verify(ours.url);
    await pushImage(ours.url, ['gone', 'kept'], 'again');
  });

  test('loses the same blobs and manifests to either collector', async () => {
    await using workspace = await createWorkspace();
    const [ours, theirs] = [workspace.at('ours'), workspace.at('theirs')];
    {
      await using registry = await startDockerRegistry(workspace, theirs, THEIRS);
      await fill(registry.url);
    }
    await cp(theirs, ours, { recursive: true });
    await collectTheirs(workspace, theirs);
    await ourProgram(workspace, ['registry', 'garbage-collect', '-m', '--offline', '--root', ours]);
    for (const what of [
      /blobs\/.*\/data$/,
      /_manifests\/revisions\/.*\/link$/,
      /_manifests\/tags\/.*\/current\/link$/,
    ]) {
      expect(await listFiles(ours, what)).toEqual(await listFiles(theirs, what));
    }
  });

  test('keeps the images of a list in our hands, and loses them in those of docker-registry', async () => {
    await using workspace = await createWorkspace();
    const [ours, theirs] = [workspace.at('ours'), workspace.at('theirs')];
    let image = '';
    {
      await using registry = await startDockerRegistry(workspace, theirs, THEIRS);
      image = await pushListed(registry.url);
    }
    await cp(theirs, ours, { recursive: true });
    await collectTheirs(workspace, theirs);
    await ourProgram(workspace, ['registry', 'garbage-collect', '-m', '--offline', '--root', ours]);
    const revision = new RegExp(`_manifests/revisions/${image.replace(':', '/')}/link$`);
    expect(await listFiles(ours, revision)).toHaveLength(1);
    expect(await listFiles(theirs, revision)).toHaveLength(0);
  });
});

async function collectTheirs(workspace: Workspace, root: string): Promise<void> {
  const config = join(workspace.path, `docker-registry-${THEIRS.port}.yaml`);
  {
    await using _ = await startDockerRegistry(workspace, root, THEIRS); // writes its configuration
  }
  const outcome = await run('docker-registry', ['garbage-collect', '--delete-untagged', config]);
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
}

/** An image that stays; one whose tag was moved; one that was deleted; a blob that nobody names. */
async function fill(url: string): Promise<void> {
  await pushImage(url, ['kept', 'also kept'], 'latest');
  await pushImage(url, ['kept', 'moved'], 'moving');
  await pushImage(url, ['kept'], 'moving');
  const gone = await pushImage(url, ['gone'], 'gone');
  const { status } = await fetch(`${url}/v2/${NAME}/manifests/${gone}`, { method: 'DELETE' });
  expect(status).toBe(202);
  await fetch(`${url}/v2/${NAME}/manifests/${await pushImage(url, ['kept'], 'moving')}`, { method: 'DELETE' });
  await pushBlob(url, 'named by nobody');
}

async function verify(url: string): Promise<void> {
  const manifest = await fetch(`${url}/v2/${NAME}/manifests/latest`, { headers: { accept: MEDIA_TYPES.ociManifest } });
  const body = (await manifest.json()) as { layers: { digest: string }[] };
  for (const { digest } of body.layers) {
    const blob = await fetch(`${url}/v2/${NAME}/blobs/${digest}`);
    expect([blob.status, digestOf(Buffer.from(await blob.arrayBuffer()))]).toEqual([200, digest]);
  }
  expect((await fetch(`${url}/v2/${NAME}/blobs/${digestOf('gone')}`)).status).toBe(404);
}

async function pushImage(url: string, layers: readonly string[], tag: string): Promise<string> {
  for (const blob of ['{}', ...layers]) await pushBlob(url, blob);
  const body = imageManifest(
    digestOf('{}'),
    layers.map((layer) => digestOf(layer)),
  );
  const headers = { 'content-type': MEDIA_TYPES.ociManifest };
  const put = await fetch(`${url}/v2/${NAME}/manifests/${tag}`, { method: 'PUT', headers, body });
  expect([put.status, await put.text()]).toEqual([201, '']);
  return digestOf(body);
}

/** An image without a tag, in an index with one. */
async function pushListed(url: string): Promise<string> {
  const image = await pushImage(url, ['listed'], 'for-a-moment');
  await pushImage(url, ['other'], 'for-a-moment');
  const entry = { mediaType: MEDIA_TYPES.ociManifest, digest: image, size: 5 };
  const body = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [entry] });
  const headers = { 'content-type': MEDIA_TYPES.ociIndex };
  const put = await fetch(`${url}/v2/${NAME}/manifests/list`, { method: 'PUT', headers, body });
  expect([put.status, await put.text()]).toEqual([201, '']);
  return image;
}

async function pushBlob(url: string, blob: string): Promise<void> {
  const { headers } = await fetch(`${url}/v2/${NAME}/blobs/uploads/`, { method: 'POST' });
  const location = `${headers.get('location')}&digest=${digestOf(blob)}`;
  expect((await fetch(location, { method: 'PUT', body: blob })).status).toBe(201);
}

async function listFiles(root: string, pattern: RegExp): Promise<string[]> {
  return (await readdir(root, { recursive: true })).filter((path) => pattern.test(path)).sort();
}
