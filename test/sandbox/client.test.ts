import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox } from './own-sandbox.ts';

let sandbox: OwnSandbox;
beforeAll(async () => {
  sandbox = await openOwnSandbox('client');
  expect(await sandbox.run(['up'])).toMatchObject({ status: 0 });
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test('the services are listed as containers, on the host and in the client box alike', async () => {
  const args = ['ps', '--format', '{{.Names}}: {{.State}}'];
  const listed = 'client-notaryserver-1: running\nsandboxregistry: running\ntrustsandbox: running\n';
  expect((await sandbox.run(args)).stdout).toBe(listed);
  expect((await sandbox.run(['exec', 'trustsandbox', 'docker', ...args])).stdout).toBe(listed);
});

test('an image that the sandbox carries says where it comes from', async () => {
  const { stdout } = await sandbox.run(['pull', 'docker/trusttest']);
  expect(stdout).toContain('\ndocker/trusttest comes from the hub stand-in of the sandbox\n');
});

test('a box is entered by the id that ps shows', async () => {
  const { stdout } = await sandbox.run(['ps', '-q']);
  const id = stdout.split('\n')[1] ?? '';
  expect((await sandbox.run(['exec', id, 'hostname'])).stdout.trim()).toBe(id);
});

test('env tells other programs where the Engine, the keys and the trust server are', async () => {
  const { stdout } = await sandbox.run(['env']);
  const variables = Object.fromEntries(
    [...stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  expect(Object.keys(variables)).toEqual([
    'TRUSTSANDBOX_PROJECT',
    'DOCKER_HOST',
    'DOCKER_CONFIG',
    'SSL_CERT_FILE',
    'DOCKER_CONTENT_TRUST_SERVER',
  ]);
  expect((await sandbox.run(['images', '-q'], { env: variables })).status).toBe(0);
  const { stderr } = await sandbox.run(['pull', 'sandboxregistry:5000/nobody/signed'], {
    env: { ...variables, DOCKER_CONTENT_TRUST: '1' },
  });
  expect(stderr).toContain('does not have trust data for sandboxregistry:5000/nobody/signed'); // asked by TLS, at its address
});

test('a machine with a list of authorities of its own trusts the sandbox all the same', async () => {
  const env = { SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt' };
  expect((await sandbox.run(['env'], { env })).stdout).not.toContain(env.SSL_CERT_FILE);
  const { stderr } = await sandbox.run(['pull', 'sandboxregistry:5000/nobody/signed'], {
    env: { ...env, DOCKER_CONTENT_TRUST: '1', DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443' },
  });
  expect(stderr).toContain('does not have trust data for sandboxregistry:5000/nobody/signed');
});

test('flags that Node has too are the box’s own commands’', async () => {
  const command = 'docker exec --env-file missing sandboxregistry true';
  const ran = await sandbox.run(['exec', 'trustsandbox', 'sh', '-c', command]);
  expect(ran.stderr).toContain('open missing: no such file or directory');
});
