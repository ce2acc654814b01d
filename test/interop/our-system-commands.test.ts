import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { CONTEXT_PLAY, LOGIN_PLAY, MANIFEST_PLAY, SYSTEM_PLAY } from './data/system-play.ts';
import { TEMPLATES } from './data/templates.ts';
import { as, differences, type PlayedCommand, play } from './image-play.ts';
import { startDockerRegistry } from './peers/docker-registry.ts';
import { type Dockerd, startDockerd } from './peers/dockerd.ts';
import { startOurEngine } from './peers/engines.ts';
import { run } from './peers/run.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

const OURS = [process.execPath, join(import.meta.dirname, '../../bin/trustsandbox.cjs')];
const IMAGES = join(import.meta.dirname, '../golden/recordings/images');
const REGISTRY = '127.71.11.1';
const PLAIN_PORT = 5000;

let workspace: Workspace;
let dockerd: Dockerd;

beforeAll(async () => {
  workspace = await createWorkspace();
  dockerd = await startDockerd(workspace);
  await dockerd.docker(['load', '-q', '-i', join(IMAGES, 'trusttest.tar')]);
  await dockerd.docker(['load', '-q', '-i', join(IMAGES, 'trusttest2.tar')]);
  await dockerd.docker(['volume', 'create', 'data']);
  const flags = ['--name', 'box', '--label', 'a.b-c=d', '-e', 'A=<1>', '-v', 'data:/data:ro', '--network', 'none'];
  const made = await dockerd.docker([
    'create',
    ...flags,
    '-p',
    '127.0.0.1:8080:80',
    'docker/trusttest',
    '/trusttest',
    'x',
  ]);
  expect(made.stderr).toBe('');
});

afterAll(async () => {
  await dockerd[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

/** Does a play with docker, then with us, each in a folder and with a configuration that begin empty. */
async function bothPlay(
  commands: readonly PlayedCommand[],
  {
    env = {},
    prepare = async () => undefined,
  }: { env?: Record<string, string>; prepare?: () => Promise<unknown> } = {},
) {
  const one = async (program: readonly string[], more: Record<string, string>) => {
    await prepare();
    const config = workspace.at('config');
    await run('rm', ['-rf', config, workspace.at('here')]);
    await mkdir(config);
    await mkdir(workspace.at('here'));
    const here: Workspace = { ...workspace, path: workspace.at('here') };
    const variables = { DOCKER_HOST: dockerd.host, DOCKER_CONFIG: config, ...env, ...more };
    return play(here, program, variables, commands);
  };
  const theirs = await one(['docker'], {});
  return differences(await one(OURS, { TRUSTSANDBOX_PROGRAM: 'docker' }), theirs);
}

test('our commands about the Engine say on dockerd what docker says', { timeout: 300_000 }, async () => {
  expect(await bothPlay(SYSTEM_PLAY)).toEqual({});
});

test.each([
  ['INT', 130],
  ['TERM', 143],
])('by SIG%s a command ends with its number, as docker does', async (signal, status) => {
  const env = { DOCKER_HOST: dockerd.host, TRUSTSANDBOX_PROGRAM: 'docker', HOME: workspace.path };
  for (const program of [['docker'], OURS]) {
    const ended = await run('timeout', ['--preserve-status', '-s', signal, '1', ...program, 'events'], { env });
    expect(ended).toMatchObject({ status, stdout: '', stderr: '' });
  }
});

test('on our Engine docker says what we say', { timeout: 300_000 }, async () => {
  await mkdir(workspace.at('ours'));
  await using engine = await startOurEngine(
    { ...workspace, at: (...names) => workspace.at('ours', ...names) },
    `${REGISTRY}:5001`,
  );
  await run('docker', ['load', '-q', '-i', join(IMAGES, 'trusttest.tar')], { env: { DOCKER_HOST: engine.host } });
  expect(await bothPlay(SYSTEM_PLAY, { env: { DOCKER_HOST: engine.host } })).toEqual({});
});

test('templates are filled as docker fills them, to the byte, errors too', { timeout: 600_000 }, async () => {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const isUnordered = /^(images|context) /;
  const lines = TEMPLATES.map(([command, template]) => `$D ${command} --format ${quote(template)}`);
  const commands = lines.flatMap((line) => as(isUnordered.test(line.slice(3)) ? 'any' : 'as it is', [line]));
  const found = await bothPlay(commands, { env: {} });
  const sameAddresses = Object.entries(found).filter(
    ([, [ours = '', theirs = '']]) => ours !== theirs.replaceAll(/0xc[0-9a-f]{9}/g, '0xc000000000'),
  );
  expect(sameAddresses).toEqual([]); // addresses of pointers differ at each run of docker
});

test('contexts are kept, shown, exported and taken back as docker does', { timeout: 300_000 }, async () => {
  const ca = createCertificateAuthority({ clock: systemClock });
  const { cert, key } = issueServerCertificate({ ca, dnsNames: ['h'], ipAddresses: [], clock: systemClock });
  await writeFile(workspace.at('cert.pem'), cert);
  await writeFile(workspace.at('key.pem'), key);
  expect(await bothPlay(CONTEXT_PLAY, { env: { DOCKER_HOST: '', PEM: workspace.path } })).toEqual({});
});

test('logins are tried, kept by helpers or in config.json, and forgotten as docker does', async () => {
  const registry = workspace.at('guarded');
  await mkdir(registry);
  const { stdout: htpasswd } = await run('htpasswd', ['-Bbn', 'me', 'secret']);
  await writeFile(workspace.at('htpasswd'), htpasswd);
  const auth = [`auth: { htpasswd: { realm: basic, path: ${workspace.at('htpasswd')} } }`];
  await using _registry = await startDockerRegistry(
    workspace,
    registry,
    { host: REGISTRY, port: PLAIN_PORT },
    auth,
    401,
  );
  await mkdir(workspace.at('bin'), { recursive: true });
  await writeFile(workspace.at('bin', 'docker-credential-fake'), FAKE_HELPER);
  await chmod(workspace.at('bin', 'docker-credential-fake'), 0o755);
  const FAKE = workspace.at('fake.json');
  const PATH = `${workspace.at('bin')}${delimiter}${process.env.PATH ?? ''}`;
  const env = { R: `${REGISTRY}:${PLAIN_PORT}`, FAKE, PATH };
  expect(await bothPlay(LOGIN_PLAY, { env, prepare: () => writeFile(FAKE, '{}') })).toEqual({});
});

test('manifests and lists of a registry are shown as docker shows them', async () => {
  const registry = workspace.at('open');
  await mkdir(registry);
  await using _registry = await startDockerRegistry(workspace, registry, { host: REGISTRY, port: PLAIN_PORT + 2 });
  const P = `${REGISTRY}:${PLAIN_PORT + 2}`;
  for (const [tag, source] of [
    ['1', 'latest'],
    ['2', 'v2'],
  ]) {
    await dockerd.docker(['tag', `docker/trusttest:${source}`, `${P}/a:${tag}`]);
    await dockerd.docker(['push', '-q', `${P}/a:${tag}`]);
  }
  await dockerd.docker(['manifest', 'create', '--insecure', `${P}/list:1`, `${P}/a:1`, `${P}/a:2`]);
  await dockerd.docker(['manifest', 'annotate', `${P}/list:1`, `${P}/a:2`, '--arch', 'arm64', '--variant', 'v8']);
  await dockerd.docker(['manifest', 'push', '--insecure', `${P}/list:1`]);
  expect(await bothPlay(MANIFEST_PLAY, { env: { P } })).toEqual({});
});

const FAKE_HELPER = `#!/usr/bin/env python3
import json, os, sys
path = os.environ['FAKE']
known = json.load(open(path))
text = sys.stdin.read().strip()
if sys.argv[1] == 'store':
    known[json.loads(text)['ServerURL']] = json.loads(text)
elif sys.argv[1] == 'get' and text in known:
    print(json.dumps(known[text]))
elif sys.argv[1] == 'get':
    print('credentials not found in native keychain')
    sys.exit(1)
elif text not in known:
    print('no such')
    sys.exit(1)
else:
    del known[text]
json.dump(known, open(path, 'w'))
`;
