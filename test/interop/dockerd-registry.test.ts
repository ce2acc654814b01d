import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Dockerd, startDockerd } from './peers/dockerd.ts';
import { startOurRegistry } from './peers/our-registry.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

/** docker CLI and dockerd against our registry, no trust: push, pull, mount, tamper. */
const ADDRESS = { host: '127.71.2.1', port: 5000 };
const REGISTRY = `${ADDRESS.host}:${ADDRESS.port}`;
const IMAGE = `${REGISTRY}/test/trusttest`;
const ARCHIVES = join(import.meta.dirname, '../golden/recordings/images');
/** The recorded images give these digests with the real registry. */
const DIGEST = 'sha256:b351cc620547e39743bda780447222eba66d7cbfd398c28a274532161832c6bb';
const LAYER = '4b6e74b35bddf0c2f61ed4f85e80b1d381ed814396ccf97e0e0d73cbbc20e3f7';

describe('docker and dockerd', () => {
  let workspace: Workspace;
  let dockerd: Dockerd;
  let root: string;
  beforeAll(async () => {
    workspace = await createWorkspace();
    root = workspace.at('registry');
    dockerd = await startDockerd(workspace, { insecureRegistries: [REGISTRY], maxDownloadAttempts: 2 });
    for (const archive of ['trusttest.tar', 'trusttest2.tar']) await ok('load', '-i', join(ARCHIVES, archive));
  });
  afterAll(async () => {
    await dockerd?.[Symbol.asyncDispose]();
    await workspace?.[Symbol.asyncDispose]();
  });
  const ok = async (...args: string[]): Promise<string> => {
    const { stdout, stderr, status, command } = await dockerd.docker(args);
    expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: '' });
    return stdout;
  };

  const removeImages = async (): Promise<void> => {
    const ids = (await ok('images', '-q')).split('\n').filter((id) => id !== '');
    if (ids.length > 0) await ok('image', 'rm', '-f', ...new Set(ids));
  };

  test('push an image, and pull it back under the same digest', async () => {
    await using _ = await startOurRegistry(root, ADDRESS);
    await ok('tag', 'docker/trusttest:latest', `${IMAGE}:latest`);
    expect(await ok('push', `${IMAGE}:latest`)).toContain(`latest: digest: ${DIGEST} size: 730\n`);
    expect(await ok('push', `${IMAGE}:latest`)).toContain('Layer already exists');
    await ok('image', 'rm', '-f', `${IMAGE}:latest`, 'docker/trusttest:latest');
    const pulled = await ok('pull', IMAGE);
    expect(pulled).toContain(`Digest: ${DIGEST}\nStatus: Downloaded newer image for ${IMAGE}:latest\n`);
    expect(await ok('pull', `${IMAGE}@${DIGEST}`)).toContain('Image is up to date');
  });

  test('push to a second repository by mounting the layers', async () => {
    await using _ = await startOurRegistry(root, ADDRESS);
    await ok('tag', `${IMAGE}:latest`, `${REGISTRY}/test/second:v1`);
    expect(await ok('push', `${REGISTRY}/test/second:v1`)).toContain('Mounted from test/trusttest');
  });

  test('pull every tag of a repository', async () => {
    await using _ = await startOurRegistry(root, ADDRESS);
    await ok('tag', `${IMAGE}:latest`, `${IMAGE}:v2`);
    await ok('push', '-a', IMAGE);
    expect(await ok('pull', '-a', IMAGE)).toMatch(/latest: Pulling from test\/trusttest[\s\S]*v2: Pulling from/);
  });

  test('make and push a manifest list, and pull the image of this platform from it', async () => {
    await using _ = await startOurRegistry(root, ADDRESS);
    const env = { DOCKER_CLI_EXPERIMENTAL: 'enabled' };
    const list = `${IMAGE}:list`;
    const made = await dockerd.docker(['manifest', 'create', '--insecure', list, `${IMAGE}:latest`], { env });
    expect(made).toMatchObject({ status: 0 });
    expect(await dockerd.docker(['manifest', 'push', '--insecure', list], { env })).toMatchObject({ status: 0 });
    expect(await ok('pull', list)).toContain(`Status: Downloaded newer image for ${list}`);
  });

  test('are told of a tag or repository that is not there', async () => {
    await using _ = await startOurRegistry(root, ADDRESS);
    const { status, stderr } = await dockerd.docker(['pull', `${IMAGE}:nosuch`]);
    expect([status, stderr]).toEqual([
      1,
      `Error response from daemon: manifest for ${IMAGE}:nosuch not found: manifest unknown: manifest unknown\n`,
    ]);
  });

  test('refuse a layer that was changed on disk, found by its digest after a restart of the registry', async () => {
    await using _ = await startOurRegistry(root, ADDRESS);
    const data = join(root, `docker/registry/v2/blobs/sha256/${LAYER.slice(0, 2)}/${LAYER}/data`);
    const genuine = await readFile(data);
    await writeFile(data, 'Malicious data\n');
    await removeImages();
    const { status, stderr } = await dockerd.docker(['pull', IMAGE]);
    expect([status, stderr]).toEqual([1, `filesystem layer verification failed for digest sha256:${LAYER}\n`]);
    await writeFile(data, genuine);
    await ok('pull', IMAGE);
  });

  test('retry and give up on a layer that was changed on disk while the registry runs', async () => {
    await using _ = await startOurRegistry(root, ADDRESS);
    const data = join(root, `docker/registry/v2/blobs/sha256/${LAYER.slice(0, 2)}/${LAYER}/data`);
    await fetch(`http://${REGISTRY}/v2/test/trusttest/blobs/sha256:${LAYER}`, { method: 'HEAD' }); // it has seen the blob
    await writeFile(data, 'Malicious data\n');
    await removeImages();
    const { status, stderr, stdout } = await dockerd.docker(['pull', IMAGE]);
    expect([status, stderr]).toEqual([1, 'unexpected EOF\n']);
    expect(stdout).toContain(`${LAYER.slice(0, 12)}: Retrying in 5 seconds\n`);
  });
});
