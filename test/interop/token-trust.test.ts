import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Started, systemClock } from '../../src/core/index.ts';
import { type CertificateAndKey, createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { startDockerd } from './peers/dockerd.ts';
import { type NotaryServerAuth, notary, startNotaryServer } from './peers/notary-server.ts';
import { ourProgram, startOurServer } from './peers/our-program.ts';
import type { Outcome } from './peers/run.ts';
import { ISSUER, NOTARY_SERVICE, startTokenServer, tokenAuth } from './peers/token-server.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

/** One file of users for a registry and a trust server, ours and the real one: one login for both. */
const HOSTS = { sandboxregistry: '127.71.10.1', notaryserver: '127.71.10.2', tokenserver: '127.71.10.3' };
const R = 'sandboxregistry:5000';
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');
const NOTARY = { host: HOSTS.notaryserver, port: 4443 };
const TRUST = {
  DOCKER_CONTENT_TRUST: '1',
  DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443',
  DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'sandbox-passphrase',
  DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'sandbox-passphrase',
};
const PASSPHRASES = Object.fromEntries(
  ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, 'sandbox-passphrase']),
);

type StartNotary = (
  workspace: Workspace,
  tls: CertificateAndKey & { readonly ca: string },
  auth: NotaryServerAuth,
) => Promise<AsyncDisposable>;

const startOurs: StartNotary = async (workspace, { cert, key }, auth) => {
  await writeFile(workspace.at('ours.crt'), cert);
  await writeFile(workspace.at('ours.key'), key);
  const config = workspace.at('ours.json');
  const server = { http_addr: `${NOTARY.host}:${NOTARY.port}`, tls_cert_file: 'ours.crt', tls_key_file: 'ours.key' };
  const storage = { backend: 'sqlite3', db_url: workspace.at('ours.db') };
  await writeFile(config, JSON.stringify({ server, storage, auth: { type: 'token', options: auth } }));
  const isReady = async () => (await readFile(`${config}.log`, 'utf8')).includes('"listening"');
  return startOurServer(workspace, 'notary', config, { isReady });
};
const startTheirs: StartNotary = (workspace, tls, auth) => startNotaryServer(workspace, NOTARY, tls, auth);

async function open(startNotary: StartNotary) {
  const workspace = await createWorkspace();
  await using started = new Started();
  const ca = createCertificateAuthority({ clock: systemClock });
  const names = { dnsNames: ['notaryserver', 'tokenserver'], ipAddresses: [HOSTS.notaryserver, HOSTS.tokenserver] };
  const tls = issueServerCertificate({ ca, ...names, clock: systemClock });
  const address = { host: HOSTS.tokenserver, port: 5001 };
  const tokens = started.add(
    await startTokenServer(workspace, { address, algorithm: 'RS256', tls, name: 'tokenserver', registries: [R] }),
  );
  const auth = { realm: tokens.realm, service: NOTARY_SERVICE, issuer: ISSUER, rootcertbundle: tokens.bundle };
  started.add(await startNotary(workspace, { ...tls, ca: ca.cert }, auth));
  const caFile = workspace.at('ca.crt');
  await writeFile(caFile, ca.cert);
  const trusted = workspace.at('docker-config', 'tls', 'notaryserver:4443');
  await mkdir(trusted, { recursive: true });
  await writeFile(join(trusted, 'ca.crt'), ca.cert);
  const running = started.keep();
  return {
    workspace,
    tokens,
    caFile,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

const ok = ({ command, status, stdout, stderr }: Outcome): string => {
  expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
  return stdout;
};

describe.each([
  { whose: 'our Notary', start: startOurs },
  { whose: 'notary-server', start: startTheirs },
])('behind our tokens, $whose', ({ start }) => {
  test('lets the real notary do what its user is granted', async () => {
    await using world = await open(start);
    const { workspace, caFile } = world;
    await writeFile(workspace.at('file'), 'x');
    const as = (user: string | undefined, command: string): Promise<Outcome> => {
      const auth = user ? { NOTARY_AUTH: Buffer.from(`${user}:${user}-secret`).toString('base64') } : {};
      const args = ['--server', 'https://notaryserver:4443', ...command.split(' ')];
      const trustDir = workspace.at(`trust-${user ?? 'nobody'}`);
      const options = { trustDir, caFile, hosts: HOSTS, cwd: workspace.path, env: { ...PASSPHRASES, ...auth } };
      return notary(workspace, args, options);
    };
    ok(await as('alice', 'init team/app -p'));
    ok(await as('alice', 'add team/app v1 file -p'));
    expect(ok(await as('bob', 'list team/app'))).toContain('v1');
    ok(await as('bob', 'add team/app v2 file'));
    expect((await as('bob', 'publish team/app')).status).not.toBe(0);
    expect((await as(undefined, 'list team/app')).status).not.toBe(0);
    expect((await as('alice', 'init other/app -p')).status).not.toBe(0);
    expect(ok(await as('alice', 'list team/app'))).not.toContain('v2');
    ok(await as('alice', `init ${R}/team/app -p`)); // the registry's name is left out of grants
    expect((await as('alice', 'init elsewhere:5000/team/app -p')).status).not.toBe(0);
    ok(await as('bob', 'init home/bob/app -p'));
    ok(await as('bob', 'key rotate home/bob/app snapshot -r'));
    ok(await as('bob', 'delete home/bob/app --remote'));
    if (start === startOurs) {
      const format = '{{.Subject}} {{.Action}} {{.GUN}}';
      const list = ['notary-server', 'audit', 'list', '--config', workspace.at('ours.json'), '--format', format];
      const who = new Set(
        ok(await ourProgram(workspace, list))
          .trim()
          .split('\n'),
      );
      expect([...who].sort()).toEqual(
        [
          ...['alice create-key team/app', 'alice publish team/app'],
          ...[`alice create-key ${R}/team/app`, `alice publish ${R}/team/app`],
          ...['bob create-key home/bob/app', 'bob publish home/bob/app', 'bob delete home/bob/app'],
        ].sort(),
      );
      ok(await ourProgram(workspace, ['notary-server', 'audit', 'verify', '--config', workspace.at('ours.json')]));
    }
  });

  test('is signed at and pulled from by docker and by us, after one login at the registry', async () => {
    await using world = await open(start);
    const { workspace, tokens } = world;
    const config = workspace.at('registry.yml');
    const storage = `storage: {filesystem: {rootdirectory: ${workspace.at('tree')}}}`;
    const listening = `${HOSTS.sandboxregistry}:5000`;
    await writeFile(config, `version: 0.1\n${storage}\nhttp: {addr: "${listening}"}\n${tokenAuth(tokens)}\n`);
    const isReady = async () => (await fetch(`http://${listening}/v2/`)).status === 401;
    await using _ = await startOurServer(workspace, 'registry', config, { isReady });
    await using engine = await startDockerd(workspace, { insecureRegistries: [R], hosts: HOSTS });
    const docker = (...args: string[]) => engine.docker(args, { env: TRUST });
    const ours = (...args: string[]) => {
      const env = {
        DOCKER_CONFIG: workspace.at('docker-config'),
        DOCKER_HOST: engine.host,
        TRUSTSANDBOX_PROGRAM: 'docker',
      };
      return ourProgram(workspace, args, { hosts: HOSTS, env: { ...TRUST, ...env } });
    };
    const logIn = (user: string) =>
      engine.docker(['login', '-u', user, '--password-stdin', R], { input: `${user}-secret` });
    ok(await docker('load', '-i', ARCHIVE));
    ok(await logIn('alice'));
    for (const tag of ['v1', 'v2']) ok(await docker('tag', 'docker/trusttest', `${R}/team/app:${tag}`));
    expect(ok(await docker('push', `${R}/team/app:v1`))).toContain(`Successfully signed ${R}/team/app:v1`);
    expect(ok(await ours('push', `${R}/team/app:v2`))).toContain(`Successfully signed ${R}/team/app:v2`);

    ok(await logIn('bob'));
    expect(ok(await docker('pull', `${R}/team/app:v2`))).toContain('Pull (1 of 1)');
    expect(ok(await ours('pull', `${R}/team/app:v1`))).toContain('Pull (1 of 1)');
    expect((await docker('push', `${R}/team/app:v1`)).status).toBe(1);

    ok(await engine.docker(['logout', R]));
    expect((await docker('trust', 'inspect', `${R}/home/bob/none`)).status).toBe(1);
    expect((await ours('trust', 'inspect', `${R}/home/bob/none`)).status).toBe(1);
  });
});
