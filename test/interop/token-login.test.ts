import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startDockerRegistry } from './peers/docker-registry.ts';
import { type Dockerd, startDockerd } from './peers/dockerd.ts';
import { ourProgram, startOurServer } from './peers/our-program.ts';
import { type Outcome, run } from './peers/run.ts';
import type { PeerServer } from './peers/server.ts';
import { startTokenServer, type TokenServer, tokenAuth } from './peers/token-server.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

/** Registries, ours and Debian's, behind our server of tokens; clients that log in. */
const ADDRESS = { host: '127.71.9.1', port: 5000 };
const TOKENS = { host: '127.71.9.2', port: 5001 };
const R = `${ADDRESS.host}:${ADDRESS.port}`;
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');

async function startOurRegistry(workspace: Workspace, tokens: TokenServer): Promise<PeerServer> {
  const config = workspace.at('registry.yml');
  const storage = `storage: {filesystem: {rootdirectory: ${workspace.at('tree')}}, delete: {enabled: true}}`;
  await writeFile(config, `version: 0.1\n${storage}\nhttp: {addr: "${R}"}\n${tokenAuth(tokens)}\n`);
  return startOurServer(workspace, 'registry', config, {
    isReady: async () => (await fetch(`http://${R}/v2/`)).status === 401,
  });
}

const startTheirRegistry = (workspace: Workspace, tokens: TokenServer): Promise<PeerServer> =>
  startDockerRegistry(workspace, workspace.at('tree'), ADDRESS, [tokenAuth(tokens)], 401);

const ok = ({ command, status, stdout, stderr }: Outcome): string => {
  expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
  return stdout;
};
const logIn = (engine: Dockerd, user: string, password = `${user}-secret`): Promise<Outcome> =>
  engine.docker(['login', '-u', user, '--password-stdin', R], { input: password });

describe.each([
  { whose: 'our registry', algorithm: 'ES256', start: startOurRegistry },
  { whose: 'docker-registry, by ES256,', algorithm: 'ES256', start: startTheirRegistry },
  { whose: 'docker-registry, by RS256,', algorithm: 'RS256', start: startTheirRegistry },
] as const)('to $whose docker and dockerd', ({ algorithm, start }) => {
  test('log in, push and pull what they are granted, and nothing else', async () => {
    await using workspace = await createWorkspace();
    await using tokens = await startTokenServer(workspace, { address: TOKENS, algorithm });
    await using _ = await start(workspace, tokens);
    await using engine = await startDockerd(workspace, { insecureRegistries: [R] });
    const { docker } = engine;
    ok(await docker(['load', '-i', ARCHIVE]));
    for (const name of ['team/app', 'public/app', 'home/bob/app', 'other/app']) {
      ok(await docker(['tag', 'docker/trusttest', `${R}/${name}`]));
    }
    const push = (name: string) => docker(['push', `${R}/${name}`]);
    const pull = (name: string) => docker(['pull', `${R}/${name}`]);

    const wrong = await logIn(engine, 'alice', 'guess');
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining('unauthorized')]);
    expect((await push('team/app')).status).toBe(1);

    expect(ok(await logIn(engine, 'alice'))).toContain('Login Succeeded');
    const { auths } = JSON.parse(await readFile(workspace.at('docker-config', 'config.json'), 'utf8'));
    expect(auths[R]).toMatchObject({ identitytoken: expect.any(String) });
    ok(await push('team/app'));
    ok(await push('public/app'));
    const denied = await push('other/app');
    expect([denied.status, denied.stderr]).toEqual([1, expect.stringMatching(/unauthorized|denied/)]);

    ok(await logIn(engine, 'bob'));
    ok(await push('home/bob/app'));
    ok(await pull('team/app'));
    expect((await push('team/app')).status).toBe(1);

    ok(await docker(['logout', R]));
    ok(await pull('public/app'));
    const anonymous = await pull('team/app');
    expect([anonymous.status, anonymous.stderr]).toEqual([1, expect.stringMatching(/unauthorized|denied/)]);

    ok(await logIn(engine, 'bob'));
    const passwd = ['registry', 'passwd', '--cost', '5', workspace.at('tokens/htpasswd'), 'bob'];
    ok(await ourProgram(workspace, passwd, { input: 'another' }));
    expect((await pull('team/app')).status).toBe(1); // the login that docker kept ended with the password
  });
});

test('docker logs in to our registry with a file of users, and everybody in it may push', async () => {
  await using workspace = await createWorkspace();
  const users = workspace.at('htpasswd');
  ok(await ourProgram(workspace, ['registry', 'passwd', users, 'alice'], { input: 'alice-secret' }));
  const config = workspace.at('registry.yml');
  const auth = `auth: {htpasswd: {realm: ours, path: ${users}}}`;
  await writeFile(config, `version: 0.1\nstorage: inmemory\nhttp: {addr: "${R}"}\n${auth}\n`);
  const isReady = async () => (await fetch(`http://${R}/v2/`)).status === 401;
  await using _ = await startOurServer(workspace, 'registry', config, { isReady });
  await using engine = await startDockerd(workspace, { insecureRegistries: [R] });
  ok(await engine.docker(['load', '-i', ARCHIVE]));
  ok(await engine.docker(['tag', 'docker/trusttest', `${R}/app`]));
  expect((await engine.docker(['push', `${R}/app`])).stderr).toContain('no basic auth credentials');
  expect((await logIn(engine, 'alice', 'guess')).status).toBe(1);
  ok(await logIn(engine, 'alice'));
  ok(await engine.docker(['push', `${R}/app`]));
});

describe('our registry behind our tokens', () => {
  test.each([
    { login: ['skopeo', 'login', '--tls-verify=false', '-u', 'alice', '--password-stdin', R], client: 'skopeo' },
    { login: ['crane', 'auth', 'login', '-u', 'alice', '--password-stdin', R], client: 'crane' },
  ])('takes images from $client, and keeps others out', async ({ login: [program = '', ...args], client }) => {
    await using workspace = await createWorkspace();
    await using tokens = await startTokenServer(workspace, { address: TOKENS });
    await using _ = await startOurRegistry(workspace, tokens);
    const env = { HOME: workspace.path, REGISTRY_AUTH_FILE: workspace.at('auth.json') };
    const call = (command: string, all: readonly string[], input?: string) =>
      run(command, all, { env, ...(input === undefined ? {} : { input }) });
    const copy = (name: string) =>
      client === 'crane'
        ? call('crane', ['push', '--insecure', ARCHIVE, `${R}/${name}`])
        : call('skopeo', [
            '--insecure-policy',
            'copy',
            '--dest-tls-verify=false',
            `docker-archive:${ARCHIVE}`,
            `docker://${R}/${name}`,
          ]);

    expect((await copy('team/app:v1')).status).not.toBe(0);
    if (client === 'skopeo') expect((await call(program, args, 'guess')).status).not.toBe(0);
    ok(await call(program, args, 'alice-secret'));
    ok(await copy('team/app:v1'));
    expect((await copy('other/app:v1')).status).not.toBe(0);
    const list =
      client === 'crane'
        ? ok(await call('crane', ['ls', '--insecure', `${R}/team/app`]))
        : ok(await call('skopeo', ['list-tags', '--tls-verify=false', `docker://${R}/team/app`]));
    expect(list).toContain('v1');
    if (client === 'crane') expect(ok(await call('crane', ['catalog', '--insecure', R]))).toBe('team/app\n');
  });
});
