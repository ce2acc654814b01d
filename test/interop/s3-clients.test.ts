import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Listener, listen } from '../../src/http/index.ts';
import { createRegistry } from '../../src/registry/index.ts';
import { openS3Driver } from '../../src/storage/index.ts';
import { type Dockerd, startDockerd } from './peers/dockerd.ts';
import { run } from './peers/run.ts';
import { type S3Peer, startS3 } from './peers/s3.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

/** docker, dockerd and skopeo on a registry over S3 that sends them to the storage for blobs. */
const ADDRESS = { host: '127.71.9.4', port: 5000 };
const REGISTRY = `${ADDRESS.host}:${ADDRESS.port}`;
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');
const DIGEST = 'sha256:b351cc620547e39743bda780447222eba66d7cbfd398c28a274532161832c6bb';

describe('a registry over S3', () => {
  let workspace: Workspace;
  let s3: S3Peer;
  let listener: Listener;
  let dockerd: Dockerd;
  const statuses: number[] = [];
  beforeAll(async () => {
    workspace = await createWorkspace();
    s3 = await startS3('127.71.9.3');
    const registry = createRegistry({
      driver: await openS3Driver(s3.fresh()),
      mayRedirect: true,
      deleteEnabled: true,
      observe: ({ status }) => void statuses.push(status),
    });
    listener = await listen(registry.app, { kind: 'tcp', ...ADDRESS });
    dockerd = await startDockerd(workspace, { insecureRegistries: [REGISTRY] });
  });
  afterAll(async () => {
    await dockerd?.[Symbol.asyncDispose]();
    await listener?.[Symbol.asyncDispose]();
    await s3?.[Symbol.asyncDispose]();
    await workspace?.[Symbol.asyncDispose]();
  });
  const docker = async (...args: string[]): Promise<string> => {
    const { stdout, stderr, status, command } = await dockerd.docker(args);
    expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: '' });
    return stdout;
  };

  test('is pushed to and pulled from by docker, which follows to the storage', async () => {
    await docker('load', '-i', ARCHIVE);
    await docker('tag', 'docker/trusttest:latest', `${REGISTRY}/test/image:v1`);
    expect(await docker('push', `${REGISTRY}/test/image:v1`)).toContain(`v1: digest: ${DIGEST}`);
    await docker('tag', `${REGISTRY}/test/image:v1`, `${REGISTRY}/test/second:v1`);
    expect(await docker('push', `${REGISTRY}/test/second:v1`)).toContain('Mounted from test/image');
    await docker('image', 'rm', '-f', `${REGISTRY}/test/image:v1`, `${REGISTRY}/test/second:v1`, 'docker/trusttest');
    statuses.length = 0;
    expect(await docker('pull', `${REGISTRY}/test/image:v1`)).toContain(`Digest: ${DIGEST}`);
    expect(statuses).toContain(307);
  });

  test('is copied to and from by skopeo, which follows to the storage', async () => {
    const at = (name: string): string => `docker://${REGISTRY}/${name}`;
    const skopeo = (...args: string[]) =>
      run('skopeo', ['--insecure-policy', ...args], { env: { HOME: workspace.path } });
    const plain = ['copy', '-q', '--src-tls-verify=false', '--dest-tls-verify=false'];
    expect(await skopeo(...plain, `docker-archive:${ARCHIVE}`, at('sk/image:v1'))).toMatchObject({
      status: 0,
      stderr: '',
    });
    statuses.length = 0;
    expect(await skopeo(...plain, at('sk/image:v1'), `dir:${workspace.at('out')}`)).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(statuses).toContain(307);
    expect(await skopeo('delete', '--tls-verify=false', at('sk/image:v1'))).toMatchObject({ status: 0 });
  });
});
