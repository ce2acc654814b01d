import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox } from './own-sandbox.ts';

const FILES = join(import.meta.dirname, 'compose-files');
const SECRETS = Object.fromEntries(
  ['ROOT', 'REPOSITORY'].map((key) => [`DOCKER_CONTENT_TRUST_${key}_PASSPHRASE`, 'sandbox-passphrase']),
);
/** bcrypt of `secret`. */
const HTPASSWD = 'me:$2b$05$Aeif52DujyRJJIRdJ2qOvuGhgUYXjY9AvlW.w.Lz7z4Gm1dQ3g7i.\n';

/** A sandbox with a file of ours as it stands, up. */
async function up(
  name: string,
  { as = 'compose.yaml', packages = 'needed' as 'needed' | 'all' } = {},
): Promise<OwnSandbox> {
  const sandbox = await openOwnSandbox(name, 'self', packages);
  await copyFile(join(FILES, `${name}.yaml`), join(sandbox.folder, as));
  const ran = await sandbox.run(['compose', 'up', '-d', '--wait']);
  if (ran.status !== 0) throw new Error(ran.stderr);
  return sandbox;
}

/** Runs in a service's box; with content trust where `isTrusted`. */
function shell(sandbox: OwnSandbox, service: string, script: string, isTrusted = false) {
  const trust = isTrusted ? ['DOCKER_CONTENT_TRUST=1', ...Object.keys(SECRETS)].flatMap((name) => ['-e', name]) : [];
  return sandbox.run(['compose', 'exec', '-T', ...trust, service, 'sh', '-c', script], { env: SECRETS });
}

describe('two sides', () => {
  let sandbox: OwnSandbox;
  beforeAll(async () => {
    sandbox = await up('two-sides');
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  test('each client knows what shares a network with it, and nothing else', async () => {
    const hosts = async (service: string) => (await shell(sandbox, service, 'cat /etc/hosts')).stdout;
    expect(await hosts('alice')).toMatch(/hub-east .*\bhub\b/);
    expect(await hosts('alice')).not.toMatch(/hub-west|bob/);
    expect(await hosts('bob')).toMatch(/hub-west .*\bhub\b/);
    expect(await hosts('trust')).toMatch(/alice[\s\S]*bob/);
  });

  test('one name is two registries: what one client pushes the other does not find', async () => {
    const push =
      'docker pull -q docker/trusttest && docker tag docker/trusttest hub:5000/a:1 && docker push -q hub:5000/a:1';
    expect(await shell(sandbox, 'alice', push)).toMatchObject({ status: 0 });
    expect(await shell(sandbox, 'bob', 'docker pull -q hub:5000/a:1')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/manifest unknown|not found/),
    });
    expect(await shell(sandbox, 'alice', 'docker pull -q hub:5000/a:1')).toMatchObject({ status: 0 });
  });

  test('clients have homes, hostnames, folders and variables of their own', async () => {
    await shell(sandbox, 'alice', 'echo a > ~/mine');
    expect((await shell(sandbox, 'bob', 'cat ~/mine')).status).toBe(1);
    expect((await shell(sandbox, 'bob', 'hostname; pwd')).stdout).toBe('bob\n/root\n');
    expect((await shell(sandbox, 'alice', 'echo $DOCKER_CONTENT_TRUST_SERVER')).stdout).toBe('https://trust:4443\n');
  });

  test('a signed push goes to the server that the file names', async () => {
    const script =
      'docker pull -q docker/trusttest >/dev/null; docker tag docker/trusttest hub:5000/s:1 && docker push hub:5000/s:1';
    expect(await shell(sandbox, 'alice', script, true)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Successfully signed hub:5000/s:1'),
    });
  });
});

test('a mirror gives what its registry has, and keeps it when that one is gone', async () => {
  await using sandbox = await up('mirror');
  expect(await shell(sandbox, 'client', 'docker pull docker/trusttest')).toMatchObject({
    status: 0,
    stdout: expect.not.stringContaining('stand-in'),
  });
  const events = await sandbox.run(['compose', 'logs', 'hub-cache']);
  expect(events.stdout).toMatch(/request .*GET/);
  const fill =
    'docker tag docker/trusttest origin:5000/a:1 && docker push -q origin:5000/a:1 && docker image rm -f origin:5000/a:1';
  expect(await shell(sandbox, 'client', fill)).toMatchObject({ status: 0 });
  const get =
    'curl -sf -H "accept: application/vnd.docker.distribution.manifest.v2+json" http://origin-cache:5000/v2/a/manifests/1';
  expect(await shell(sandbox, 'client', get)).toMatchObject({ status: 0 });
  expect(await sandbox.run(['compose', 'stop', 'origin'])).toMatchObject({ status: 0 });
  expect(await shell(sandbox, 'client', get)).toMatchObject({ status: 0, stdout: expect.stringContaining('layers') });
});

test('a trust server signs with the keys of a signer beside it, which can be disturbed and paused', {
  timeout: 60_000,
}, async () => {
  await using sandbox = await up('signer', { packages: 'all' });
  const passphrases = ['ROOT', 'TARGETS', 'SNAPSHOT']
    .map((role) => `NOTARY_${role}_PASSPHRASE=sandbox-passphrase`)
    .join(' ');
  const add = `cd ~ && echo x > file && ${passphrases} notary -s https://notary-server:4443 add -p example.com/app v1 file`;
  expect(await shell(sandbox, 'client', add)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('Successfully published changes'),
  });
  expect((await sandbox.run(['compose', 'logs', 'signer'])).stdout).toMatch(/sign/);
  expect((await shell(sandbox, 'client', 'cat /etc/hosts')).stdout).not.toContain('notarysigner');
  const restarted = await sandbox.run(['compose', 'restart']);
  expect(restarted.status).toBe(0);
  const again = `cd ~ && ${passphrases} notary -s https://notary-server:4443 add -p example.com/app v2 file`;
  expect(await shell(sandbox, 'client', again)).toMatchObject({ status: 0 });
  for (const [fault, told] of [
    ['status=503 from=server route=/proto.Signer/*', /fault .*path=\/proto.Signer\/Sign {2}from=server {2}status=503/],
    ['drop=100%', /request .*Sign {2}status=0 .*cut=true/],
    ['truncate', /fault .*truncate=half/],
  ] as const) {
    await sandbox.run(['fault', 'set', 'signer', ...fault.split(' ')]);
    expect(await shell(sandbox, 'client', again.replace('v2', 'v3'))).not.toMatchObject({ status: 0 });
    expect((await sandbox.run(['sandbox', 'events', 'signer'])).stdout).toMatch(told);
  }
  await sandbox.run(['fault', 'set', 'signer', 'latency=10ms', 'slow=10KB/s']);
  expect(await shell(sandbox, 'client', again.replace('v2', 'v4'))).toMatchObject({ status: 0 });
  expect(await sandbox.run(['compose', 'pause', 'signer'])).toMatchObject({ status: 0 });
  const waiting = shell(sandbox, 'client', again.replace('v2', 'v5'));
  const seen = async () => (await sandbox.run(['sandbox', 'events', '--from', 'client', 'server'])).stdout;
  const before = (await seen()).split('\n').length;
  await expect.poll(async () => (await seen()).split('\n').length, { timeout: 5000 }).toBeGreaterThan(before);
  expect(await sandbox.run(['compose', 'unpause', 'signer'])).toMatchObject({ status: 0 });
  expect(await waiting).toMatchObject({ status: 0 });
});

test('a registry has users, a configuration file and a port of the host', async () => {
  await using sandbox = await openOwnSandbox('guarded');
  await copyFile(join(FILES, 'guarded.yaml'), join(sandbox.folder, 'docker-compose.yml'));
  await mkdir(join(sandbox.folder, 'auth'));
  await writeFile(join(sandbox.folder, 'auth/htpasswd'), HTPASSWD);
  await writeFile(
    join(sandbox.folder, 'config.yml'),
    'version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: /var/lib/registry\nhttp:\n  addr: :5001\n',
  );
  await writeFile(
    join(sandbox.folder, 'registry.env'),
    'REGISTRY_AUTH=htpasswd\nREGISTRY_AUTH_HTPASSWD_REALM="Sandbox"\nREGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd\n',
  );
  expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('required variable REGISTRY_PORT is missing a value: set REGISTRY_PORT'),
  });
  const port = await freePort();
  await writeFile(join(sandbox.folder, '.env'), `REGISTRY_PORT=${port}\n`);
  expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({ status: 0 });
  const url = `http://127.0.0.1:${port}/v2/`;
  const refused = await fetch(url);
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="Sandbox"']);
  expect((await fetch(url, { headers: { authorization: `Basic ${btoa('me:secret')}` } })).status).toBe(200);
  expect((await sandbox.run(['compose', 'port', 'registry', '5001'])).stdout).toBe(`127.0.0.1:${port}\n`);
});

test('a port that is taken is named, with a way out', async () => {
  await using sandbox = await openOwnSandbox('taken');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await writeFile(
    join(sandbox.folder, 'compose.yaml'),
    `services:\n  r:\n    image: registry:2\n    ports: ["${port}:5000"]\n`,
  );
  expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      new RegExp(`service r: port 127.0.0.1:${port} is already in use .*publish another port`),
    ),
  });
  server.close();
});

describe('files over files', () => {
  let sandbox: OwnSandbox;
  beforeAll(async () => {
    sandbox = await openOwnSandbox('folder');
    await copyFile(join(FILES, 'layered.yaml'), join(sandbox.folder, 'compose.yaml'));
    await copyFile(join(FILES, 'layered.override.yaml'), join(sandbox.folder, 'compose.override.yaml'));
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  test('config shows them as one', async () => {
    const { stdout, stderr } = await sandbox.run(['compose', 'config'], { env: { WHO: 'us', LEVEL: '' } });
    expect(stderr).toBe('');
    expect(stdout).toBe(`name: layered
services:
  store:
    container_name: the-store
    environment:
      EXTRA: over
      GREETING: costs $5, for us
      REGISTRY_LOG_LEVEL: ""
    image: registry:2
    networks:
      default: null
    x-why: an override file has no need of its own port
networks:
  default:
    name: layered_default
    ipam: {}
`);
  });

  test.each([
    [['--services'], 'store\n'],
    [['--images'], 'registry:2\n'],
    [['--profiles'], 'never\nsigned\n'],
    [['-q'], ''],
  ])('config %j', async (flags, expected) => {
    expect(await sandbox.run(['compose', 'config', ...flags])).toEqual({ status: 0, stderr: '', stdout: expected });
  });

  test('config --format json has what compose has', async () => {
    const { stdout } = await sandbox.run([
      'compose',
      '--profile',
      'signed',
      '-f',
      'compose.yaml',
      'config',
      '--format',
      'json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'layered',
      services: {
        store: { command: null, entrypoint: null, ports: [{ mode: 'ingress', target: 5000, protocol: 'tcp' }] },
        trust: { depends_on: { store: { condition: 'service_started', required: true } }, profiles: ['signed'] },
      },
    });
  });

  test('a service of a profile starts with what it depends on, once it is asked for', async () => {
    expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({ status: 0 });
    const names = async () => (await sandbox.run(['compose', 'ps', '--services'])).stdout;
    expect(await names()).toBe('store\n');
    expect(await sandbox.run(['compose', 'up', '-d', 'trust'])).toMatchObject({ status: 0 });
    expect(await names()).toBe('trust\nstore\n');
    expect((await sandbox.run(['compose', 'ls'])).stdout).toMatch(
      /^NAME.*\nlayered +running\(2\) +.*compose\.yaml,.*compose\.override\.yaml\n$/,
    );
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('files of other names, and services by name', () => {
  let sandbox: OwnSandbox;
  beforeAll(async () => {
    sandbox = await openOwnSandbox('named');
    await writeFile(
      join(sandbox.folder, 'compose.yaml'),
      'services: {one: {image: registry:2}, late: {image: registry:2, profiles: [later]}}\n',
    );
    await writeFile(join(sandbox.folder, 'compose.override.yml'), 'services: {two: {image: registry:2}}\n');
    expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({ status: 0 });
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  const running = async () =>
    (await sandbox.run(['compose', 'ps', '--services', '--status', 'running'])).stdout.trim().split('\n').sort();

  test('an override file is laid over whichever name the file has', async () => {
    expect(await running()).toEqual(['one', 'two']);
  });

  test.each([
    ['{{.Service}} {{.State}}', 'one running\ntwo running\n'],
    ['table {{.Service}}\\t{{.State}}', /^SERVICE +STATE\none +running\ntwo +running\n$/],
  ])('ps --format %s', async (format, expected) => {
    const stdout = typeof expected === 'string' ? expected : expect.stringMatching(expected);
    expect(await sandbox.run(['compose', 'ps', '--format', format])).toEqual({ status: 0, stderr: '', stdout });
  });

  test('a service that its profile kept away comes to those that run', async () => {
    expect(await sandbox.run(['compose', 'up', '-d', 'late'])).toMatchObject({ status: 0 });
    expect(await running()).toEqual(['late', 'one', 'two']);
  });

  test('one that was killed is told from one that was stopped', async () => {
    await sandbox.run(['compose', 'kill', 'late']);
    const { stdout } = await sandbox.run(['compose', 'ps', '-a']);
    expect(stdout).toMatch(/late .*Exited \(137\)/);
    await sandbox.run(['compose', 'start', 'late']);
    await sandbox.run(['compose', 'stop', 'late']);
    expect((await sandbox.run(['compose', 'ps', '-a'])).stdout).toMatch(/late .*Exited \(0\)/);
    await sandbox.run(['compose', 'start', 'late']);
  });

  test('down with a name leaves the others running, and volumes are not removed by halves', async () => {
    expect(await sandbox.run(['compose', 'down', 'late'])).toMatchObject({
      status: 0,
      stderr: ' ✔ Container named-late-1  Stopped\n',
    });
    expect(await running()).toEqual(['one', 'two']);
    expect(await sandbox.run(['compose', 'down', '-v', 'one'])).toMatchObject({ status: 1 });
    expect(await sandbox.run(['compose', 'down', 'nosuch'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no such service'),
    });
    expect(await running()).toEqual(['one', 'two']);
  });
});
