import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { openNotaryClient } from '../../src/notary/client/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { environmentPassphrases, KeyStore, RELEASES, TrustDirectory, TrustRepository } from '../../src/trust/index.ts';
import { type Gun, parseGun, TARGETS } from '../../src/tuf/index.ts';
import { docker } from './peers/dockerd.ts';
import { notary, startNotaryServer } from './peers/notary-server.ts';
import { type Outcome, run } from './peers/run.ts';
import { createWorkspace } from './peers/workspace.ts';

const NOTARY = '127.71.4.2';
const URL_OF_NOTARY = 'https://notaryserver:4443';
const HOSTS = { notaryserver: NOTARY };
const OURS = join(import.meta.dirname, '../../bin/trustsandbox.cjs');
const docker28 = {
  DOCKER_CONTENT_TRUST_SERVER: URL_OF_NOTARY,
  DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'sandbox-passphrase',
  DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'sandbox-passphrase',
};
const notary07 = Object.fromEntries(
  ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, 'sandbox-passphrase']),
);
const file = (fill: number) => ({ length: 730, hashes: new Map([['sha256', Buffer.alloc(32, fill)]]), extra: {} });
const hex = (fill: number): string => Buffer.alloc(32, fill).toString('hex');

/** The real notary-server; and trust directories that the real clients and we use in turn. */
async function open() {
  const workspace = await createWorkspace();
  const ca = createCertificateAuthority({ clock: systemClock });
  const tls = issueServerCertificate({ ca, dnsNames: ['notaryserver'], ipAddresses: [NOTARY], clock: systemClock });
  const server = await startNotaryServer(workspace, { host: NOTARY, port: 4443 }, { ...tls, ca: ca.cert });
  const caFile = workspace.at('ca.crt');
  await writeFile(caFile, ca.cert);
  await writeFile(workspace.at('file'), 'x');
  await mkdir(workspace.at('docker-config', 'tls', 'notaryserver:4443'), { recursive: true });
  await writeFile(workspace.at('docker-config', 'tls', 'notaryserver:4443', 'ca.crt'), ca.cert);

  const checked = ({ command, status, stdout, stderr }: Outcome): string => {
    expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  return {
    workspace,
    /** Our side of a trust directory. */
    ours(directory: string, gun: Gun) {
      const trust = new TrustDirectory(workspace.at(directory));
      const nobody = { ask: async () => ({ kind: 'give-up' }) as const };
      const keys = new KeyStore(trust, environmentPassphrases(docker28, nobody));
      const client = openNotaryClient({ url: URL_OF_NOTARY, ca: ca.cert, connect: { host: NOTARY, port: 4443 } });
      return new TrustRepository({ gun, directory: trust, server: client, keys, clock: systemClock });
    },
    /** The real notary on a trust directory. */
    async theirs(directory: string, command: string, input?: string) {
      const options = { trustDir: workspace.at(directory), caFile, hosts: HOSTS, env: notary07, cwd: workspace.path };
      const args = ['--server', URL_OF_NOTARY, ...command.split(' ')];
      return checked(await notary(workspace, args, { ...options, ...(input === undefined ? {} : { input }) }));
    },
    /** The real docker, and ours, on the same configuration folder. */
    async docker(command: string, env = {}) {
      const options = { hosts: HOSTS, cwd: workspace.path, env: { ...docker28, ...env } };
      return checked(await docker(workspace, command.split(' '), options));
    },
    async trustsandbox(command: string, env = {}) {
      const options = { hosts: HOSTS, cwd: workspace.path };
      const ourEnv = {
        HOME: workspace.path,
        DOCKER_CONFIG: workspace.at('docker-config'),
        TRUSTSANDBOX_PROGRAM: 'docker',
      };
      const asked = { ...options, env: { ...docker28, ...ourEnv, ...env } };
      return checked(await run(process.execPath, [OURS, ...command.split(' ')], asked));
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

const names = (listed: string): string[] =>
  listed
    .split('\n')
    .slice(2)
    .map((row) => row.split(/\s+/)[0] ?? '')
    .filter((name) => name !== '');

test('the real notary reads and goes on with what we sign, and we with what it signs', async () => {
  await using world = await open();
  const gun = parseGun('example.com/turns');
  const ours = world.ours('shared', gun);
  await ours.initialize();
  await ours.addTarget('v1', file(1));
  await ours.publish();
  expect(await world.theirs('stranger', `lookup ${gun} v1`)).toContain(`v1 sha256:${hex(1)} 730`);

  await world.theirs('shared', `add ${gun} v2 file -p`);
  await ours.addTarget('v3', file(3));
  await ours.publish();
  await world.theirs('shared', `add ${gun} v4 file`); // staged by them, published by us
  await ours.publish();
  await ours.addTarget('v5', file(5)); // and the other way round
  await world.theirs('shared', `publish ${gun}`);
  expect(names(await world.theirs('shared', `list ${gun}`))).toEqual(['v1', 'v2', 'v3', 'v4', 'v5']);
  expect((await world.ours('reader', gun).listTargets()).map(({ name }) => name)).toEqual([
    'v1',
    'v2',
    'v3',
    'v4',
    'v5',
  ]);
  expect(await ours.changes.list()).toEqual([]);
  expect(await world.theirs('shared', 'key list')).toMatch(/^root +[0-9a-f]{64}/m);
});

test('a collection of the real notary whose snapshot key is ours to use is signed whole', async () => {
  await using world = await open();
  const gun = parseGun('example.com/local-snapshot');
  await world.theirs('shared', `init ${gun} -p`);
  const ours = world.ours('shared', gun);
  await ours.addTarget('v1', file(1));
  await ours.publish();
  expect(names(await world.theirs('stranger', `list ${gun}`))).toEqual(['v1']);
});

test('we follow the real notary through rotations of every key', async () => {
  await using world = await open();
  const gun = parseGun('example.com/rotations');
  const admin = world.ours('admin', gun);
  await admin.initialize();
  await admin.addTarget('v1', file(1));
  await admin.publish();
  const reader = world.ours('reader', gun);
  expect((await reader.update()).root.version).toBe(1);
  for (const rotation of ['snapshot -r', 'targets', 'root', 'root', 'timestamp -r']) {
    await world.theirs('admin', `key rotate ${gun} ${rotation}`, 'yes\n');
  }
  expect((await reader.update()).root.version).toBe(6);
  await admin.addTarget('v2', file(2));
  await admin.publish();
  expect((await reader.getTarget('v2')).file.hashes.get('sha256')?.toString('hex')).toBe(hex(2));
});

test('delegations are made by either and signed in by either', async () => {
  await using world = await open();
  const gun = parseGun('example.com/delegations');
  const admin = world.ours('admin', gun);
  await admin.initialize();
  await admin.publish();
  const key = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=bob'];
  await run('openssl', [...key, '-keyout', world.workspace.at('bob.key'), '-out', world.workspace.at('bob.crt')]);
  await world.theirs('admin', `delegation add ${gun} targets/bob bob.crt --all-paths -p`);
  await world.theirs('bob', 'key import bob.key --role targets/bob');

  const bob = world.ours('bob', gun);
  const roles = await bob.listSignableRoles('v1');
  expect(roles).toEqual(['targets/bob']);
  await bob.addTarget('v1', file(1), roles);
  await bob.publish();
  await world.theirs('bob', `add ${gun} v2 file -r targets/bob -p`);
  expect(names(await world.theirs('stranger', `list ${gun}`))).toEqual(['v1', 'v2']);
  expect((await admin.listTargets([RELEASES, TARGETS])).map(({ role }) => role)).toEqual([
    'targets/bob',
    'targets/bob',
  ]);
});

test('docker 28 and we take turns on one configuration folder', async () => {
  await using world = await open();
  const image = 'sandboxregistry:5000/test/turns';
  await world.trustsandbox('trust key generate alice');
  await world.docker(`trust signer add --key alice.pub alice ${image}`);
  await world.docker('trust key generate bob');
  await world.trustsandbox(`trust signer add --key bob.pub bob ${image}`);
  const inspect = `trust inspect ${image}`;
  expect(JSON.parse(await world.trustsandbox(inspect))).toEqual(JSON.parse(await world.docker(inspect)));

  const repository = world.ours('docker-config/trust', parseGun(image));
  const roles = await repository.listSignableRoles('v1');
  expect([...roles].sort()).toEqual(['targets/alice', 'targets/bob', 'targets/releases']);
  await repository.addTarget('v1', file(1), roles);
  await repository.publish();
  const pretty = `trust inspect --pretty ${image}`;
  const seen = await world.docker(pretty);
  expect(seen).toContain(`v1           ${hex(1)}   alice, bob`);
  expect(await world.trustsandbox(pretty)).toBe(seen);

  expect(await world.docker(`trust sign ${image}:v1`)).toContain('Successfully signed');
  expect(await world.trustsandbox(`trust sign ${image}:v1`)).toContain('Successfully signed');
  await world.trustsandbox(`trust revoke ${image}:v1`);
  expect(await world.docker(pretty)).toContain(`No signatures for ${image}`);
  expect(await readFile(world.workspace.at('alice.pub'), 'utf8')).toContain('role: alice');
});
