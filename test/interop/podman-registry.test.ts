import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Bench, openBench, pushImage } from './peers/registry-client.ts';

/** `podman` or `buildah` with storage of its own. */
function engine({ ok, workspace }: Bench, program: 'podman' | 'buildah') {
  const storage = [
    '--root',
    workspace.at(program),
    '--runroot',
    workspace.at(`${program}-run`),
    '--storage-driver=vfs',
  ];
  return (...args: readonly string[]): Promise<string> => ok(program, ...storage, ...args);
}

test('podman pulls, pushes in both formats, makes a list of images and finds tags', async () => {
  await using bench = await openBench('127.71.6.5');
  const podman = engine(bench, 'podman');
  const digest = await pushImage(bench, 'in/app:v1');
  await podman('pull', '-q', '--tls-verify=false', bench.at('in/app:v1'));
  await podman('push', '-q', '--tls-verify=false', bench.at('in/app:v1'), bench.at('out/app:oci'));
  const docker = ['--format', 'v2s2', bench.at('in/app:v1'), bench.at('out/app:docker')];
  await podman('push', '-q', '--tls-verify=false', ...docker);
  const found = await podman('search', '--tls-verify=false', '--list-tags', bench.at('out/app'));
  expect(found.split('\n').map((line) => line.split(/ +/)[1])).toEqual(['TAG', 'docker', 'oci']);
  await podman('manifest', 'create', bench.at('out/list:v1'));
  await podman('manifest', 'add', '--tls-verify=false', bench.at('out/list:v1'), `docker://${bench.at('in/app:v1')}`);
  const target = `docker://${bench.at('out/list:v1')}`;
  await podman('manifest', 'push', '--tls-verify=false', '--all', bench.at('out/list:v1'), target);
  const list = JSON.parse(await bench.ok('crane', 'manifest', '--insecure', bench.at('out/list:v1')));
  expect(list.manifests).toMatchObject([{ digest }]);
  await bench.ok('crane', 'validate', '--insecure', '--remote', bench.at('out/list:v1'));
});

test('buildah builds an image, pushes it and pulls it again', async () => {
  await using bench = await openBench('127.71.6.5');
  const buildah = engine(bench, 'buildah');
  await writeFile(bench.workspace.at('file.txt'), 'in the image\n');
  const container = await buildah('from', 'scratch');
  await buildah('copy', container, bench.workspace.at('file.txt'), '/file.txt');
  const id = await buildah('commit', '-q', container, bench.at('built/app:v1'));
  await buildah('push', '-q', '--tls-verify=false', bench.at('built/app:v1'));
  await buildah('rmi', '-a', '-f');
  expect(await buildah('pull', '-q', '--tls-verify=false', bench.at('built/app:v1'))).toBe(id);
  await bench.ok('crane', 'validate', '--insecure', '--remote', bench.at('built/app:v1'));
});
