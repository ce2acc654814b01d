import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ourProgram } from './peers/our-program.ts';
import { run } from './peers/run.ts';
import { openTrustActors, type TrustActors } from './peers/trust-actors.ts';

/** Keys on SoftHSM, Debian's PKCS #11 token in software, sign on a real notary-server, and the real clients follow. */
const LIBRARY = '/usr/lib/softhsm/libsofthsm2.so';
const PIN = '123456';
const R = 'sandboxregistry:5000/test/token';
const TRUST = {
  DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443',
  DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'sandbox-passphrase',
  DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'sandbox-passphrase',
};

let actors: TrustActors;
beforeAll(async () => {
  actors = await openTrustActors('notary-server', '127.71.22');
  const { workspace } = actors;
  await mkdir(workspace.at('tokens'));
  await mkdir(workspace.at('addon'));
  await writeFile(
    workspace.at('softhsm2.conf'),
    `directories.tokendir = ${workspace.at('tokens')}\nobjectstore.backend = file\n`,
  );
  const setUp = ['--init-token', '--free', '--label', 'signing', '--pin', PIN, '--so-pin', '654321'];
  const made = await run('softhsm2-util', setUp, { env: { SOFTHSM2_CONF: workspace.at('softhsm2.conf') } });
  expect(made.status, made.stderr).toBe(0);
  const env = { HOME: process.env.HOME ?? '', npm_config_update_notifier: 'false' };
  const installed = await run('npm', ['install', '--prefix', workspace.at('addon'), 'pkcs11js@2.1.7'], { env });
  expect(installed.status, installed.stdout + installed.stderr).toBe(0);
  await mkdir(workspace.at('admin', 'tls', 'notaryserver:4443'), { recursive: true });
  const ca = await readFile(workspace.at('ca.crt'));
  await writeFile(workspace.at('admin', 'tls', 'notaryserver:4443', 'ca.crt'), ca);
});
afterAll(() => actors[Symbol.asyncDispose]());

const ours = (words: string, env: Readonly<Record<string, string>> = {}, input = '') =>
  ourProgram(actors.workspace, words.split(' '), {
    hosts: { sandboxregistry: '127.71.22.1', notaryserver: '127.71.22.2' },
    input,
    env: {
      ...TRUST,
      DOCKER_CONFIG: actors.workspace.at('admin'),
      DOCKER_HOST: `unix://${actors.workspace.at('docker.sock')}`,
      NODE_PATH: actors.workspace.at('addon', 'node_modules'),
      SOFTHSM2_CONF: actors.workspace.at('softhsm2.conf'),
      TRUSTSANDBOX_TOKEN_MODULE: LIBRARY,
      TRUSTSANDBOX_TOKEN_PIN: PIN,
      ...env,
    },
  });

async function good(words: string, env: Readonly<Record<string, string>> = {}, input = ''): Promise<string> {
  const { status, stdout, stderr } = await ours(words, env, input);
  expect(status, `${words}\n${stdout}${stderr}`).toBe(0);
  return stdout + stderr;
}

test('a root key and a signer’s key on a token sign what the real docker and notary read and go on with', async () => {
  const root = /Made key ([0-9a-f]{64}) for root/.exec(await good('trust token generate root'))?.[1];
  await good('trust token generate alice');
  const listed = await good('trust key list');
  expect(listed).toMatch(new RegExp(`^${root} +root`, 'm'));
  expect(listed).toMatch(/^[0-9a-f]{64} +alice/m);
  await good(`trust signer add --key alice.pub alice ${R}`);
  const files = await readdir(actors.workspace.at('admin', 'trust', 'private'));
  expect(files).toHaveLength(1); // the repository's own key; root's is on the token alone

  const { digest } = await actors.push(`${R}:v1`, 1);
  expect(await good(`trust sign --remote --digest sha256:${digest} ${R}:v1`, {}, '')).toContain(
    `Successfully signed ${R}:v1`,
  );
  await good(`trust rotate repository ${R}`); // by the root key
  const inspected = await actors.run('docker', 'reader', `trust inspect --pretty ${R}`);
  expect(inspected.stdout, inspected.stderr).toMatch(new RegExp(`^v1 +${digest} +alice$`, 'm'));
  const list = await actors.run('notary', 'reader', `list ${R}`);
  expect(list.stdout).toContain(`v1      ${digest}`);

  await good(`trust rotate root -y ${R}`); // away from the token: a key file is made
  expect((await actors.run('notary', 'reader', `list ${R}`)).stdout).toContain(digest);
  await good(`trust rotate root -y --key ${root} ${R}`); // and back
  expect((await actors.run('docker', 'reader', `trust inspect ${R}`)).status).toBe(0);
});

test('notary’s commands sign with a token’s keys too, by notary’s own configuration, and notary 0.7 reads it', async () => {
  const gun = 'example.com/team/token';
  const { workspace } = actors;
  await mkdir(workspace.at('notary-home'));
  await writeFile(workspace.at('notary-home', 'pin'), PIN, { mode: 0o600 });
  const settings = {
    trust_dir: workspace.at('notary-home', 'trust'),
    remote_server: { url: 'https://notaryserver:4443', root_ca: workspace.at('ca.crt') },
    trust_token: { module: LIBRARY, token: 'signing', pinFile: 'pin' },
  };
  const file = workspace.at('notary-home', 'config.json');
  await writeFile(file, JSON.stringify(settings));
  const env = {
    TRUSTSANDBOX_TOKEN_MODULE: '',
    TRUSTSANDBOX_TOKEN_PIN: '',
    NOTARY_TARGETS_PASSPHRASE: 'sandbox-passphrase',
    NOTARY_SNAPSHOT_PASSPHRASE: 'sandbox-passphrase',
  };
  const theirNotary = (words: string, input = '') => good(`notary -c ${file} ${words}`, env, input);
  const listed = await theirNotary('key list');
  const root = /^root +([0-9a-f]{64}) +token signing/m.exec(listed)?.[1];
  expect(await theirNotary(`init -p ${gun}`)).toContain(`Root key found, using: ${root}`);
  await theirNotary(`add -p ${gun} v1 ${file}`);
  const keys = (await readdir(workspace.at('notary-home', 'trust', 'private'))).map((name) => name.slice(0, 64));
  expect(keys).toHaveLength(2); // targets and snapshot; root's is on the token
  expect((await actors.run('notary', 'reader', `lookup ${gun} v1`)).stdout).toMatch(/^v1 sha256:/);

  await theirNotary(`key rotate ${gun} root -k ${root}`, 'yes\n'); // another certificate of the same key
  expect((await actors.run('notary', 'reader', `lookup ${gun} v1`)).stdout).toMatch(/^v1 sha256:/);
  for (const words of [`key remove ${root}`, `key export --key ${root}`]) {
    const refused = await ours(`notary -c ${file} ${words}`, env, 'yes\n');
    expect(refused.stdout + refused.stderr).toContain('is on a token, which does not give it out');
  }
  expect(await theirNotary('key export')).not.toContain(`${root}`);
});

test('a PIN comes from a file that nobody else may read, or a prompt, and is tried once', async () => {
  const config = actors.workspace.at('admin', 'config.json');
  const settings = { trustToken: { module: LIBRARY, token: 'signing', pinFile: 'pin' } };
  const none = { TRUSTSANDBOX_TOKEN_MODULE: '', TRUSTSANDBOX_TOKEN_PIN: '' };
  await writeFile(config, JSON.stringify(settings));
  await writeFile(actors.workspace.at('admin', 'pin'), `${PIN}\n`, { mode: 0o600 });
  await good('trust token generate bob', none);
  await writeFile(config, JSON.stringify({ trustToken: { module: LIBRARY } }));
  expect(await good('trust token generate carol', none, `${PIN}\n`)).toContain('Enter PIN of token signing: ');
  const wrong = await ours('trust token generate dave', none, '000000\n');
  expect(wrong).toMatchObject({ status: 1, stderr: 'cannot log in to token signing: the PIN is wrong\n' });
  expect(wrong.stdout).not.toContain('000000');
  await writeFile(config, '{}');
});

test('what is wrong with a token is said in a sentence', async () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['trust token list', { TRUSTSANDBOX_TOKEN: 'other' }, /there is no token other at .*: it has signing/],
    ['trust token list', { TRUSTSANDBOX_TOKEN_MODULE: '/nowhere.so' }, /cannot load \/nowhere\.so/],
    ['trust token list', { NODE_PATH: '' }, /keys on tokens need the package pkcs11js/],
    ['trust token generate x', { TRUSTSANDBOX_TOKEN_MODULE: '' }, /no token is configured/],
  ];
  for (const [words, env, message] of cases) {
    const { status, stderr } = await ours(words, env);
    expect(stderr).toMatch(message);
    expect(status).toBe(1);
  }
  const [line = ''] = (await good('trust token list')).split('\n').slice(1);
  const removal = await ours(`trust key remove -y ${line.slice(0, 64)}`);
  expect(removal.stderr).toMatch(/is on a token, which does not give it out/);
});
