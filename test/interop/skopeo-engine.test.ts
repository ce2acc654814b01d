import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startOurEngine, startRealEngine } from './peers/engines.ts';
import { run } from './peers/run.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');
const REGISTRY = '127.71.9.3:5000';
const ID = 'sha256:066f08fc7b25e8bbeb59107f3c9db76246a5761b0c804aac7553404b14f00af0';

async function checked(
  workspace: Workspace,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
) {
  const { status, stdout, stderr } = await run(command, args, { env: { HOME: workspace.path, ...env } });
  expect(status, `${command} ${args.join(' ')}\n${stderr}`).toBe(0);
  return stdout.trim();
}

test('skopeo brings images into our Engine and out of it, as of a docker daemon', async () => {
  await using workspace = await createWorkspace();
  await using engine = await startOurEngine(workspace, REGISTRY);
  const skopeo = (...args: string[]) => checked(workspace, 'skopeo', ['--insecure-policy', ...args]);
  const daemon = ['--dest-daemon-host', engine.host];
  await skopeo('copy', ...daemon, `docker-archive:${ARCHIVE}`, 'docker-daemon:test/skopeo:1');
  const docker = (...args: string[]) => checked(workspace, 'docker', args, { DOCKER_HOST: engine.host });
  expect(await docker('image', 'inspect', '-f', '{{.ID}}', 'test/skopeo:1')).toBe(ID);
  const folder = workspace.at('copied');
  await skopeo('copy', '--src-daemon-host', engine.host, 'docker-daemon:test/skopeo:1', `dir:${folder}`);
  expect(await skopeo('inspect', '--config', `dir:${folder}`, '--format', '{{.Config.Cmd}}')).toBe('[/trusttest]');
});

test('layers that packing gains nothing of are pushed plain, and dockerd, skopeo and podman take them', async () => {
  await using workspace = await createWorkspace();
  await mkdir(workspace.at('files'));
  await writeFile(workspace.at('files', 'noise'), randomBytes(3_000_000));
  await checked(workspace, 'tar', ['cf', workspace.at('files.tar'), '-C', workspace.at('files'), 'noise']);
  const name = `${REGISTRY}/test/noise:1`;
  const docker = (host: string, ...args: string[]) => checked(workspace, 'docker', args, { DOCKER_HOST: host });
  await using ours = await startOurEngine(workspace, REGISTRY);
  const id = await docker(ours.host, 'import', workspace.at('files.tar'), name);
  await docker(ours.host, 'push', '-q', name);
  const manifest = JSON.parse(
    await checked(workspace, 'skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`]),
  );
  expect(manifest.layers).toMatchObject([{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar' }]);
  const folder = workspace.at('pulled');
  await checked(workspace, 'skopeo', ['copy', '--src-tls-verify=false', `docker://${name}`, `dir:${folder}`]);
  await using other = await createWorkspace();
  await using dockerd = await startRealEngine(other, '127.71.9.4:5000');
  await docker(dockerd.host, 'pull', '-q', name);
  expect(await docker(dockerd.host, 'image', 'inspect', '-f', '{{.ID}}', name)).toBe(id);
  await docker(ours.host, 'rmi', '-f', id);
  await docker(ours.host, 'pull', '-q', name);
  expect(await docker(ours.host, 'image', 'inspect', '-f', '{{.ID}}', name)).toBe(id);
  const storage = ['--root', workspace.at('podman'), '--runroot', workspace.at('run'), '--storage-driver', 'vfs'];
  const pulled = await checked(workspace, 'podman', [...storage, 'pull', '-q', '--tls-verify=false', name]);
  expect(`sha256:${pulled}`).toBe(id);
});
