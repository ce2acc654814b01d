import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Started, systemClock } from '../../src/core/index.ts';
import { openNotaryClient } from '../../src/notary/client/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { environmentPassphrases, KeyStore, TrustDirectory, TrustRepository } from '../../src/trust/index.ts';
import { parseGun } from '../../src/tuf/index.ts';
import { docker } from './peers/dockerd.ts';
import { notary, startNotaryServer } from './peers/notary-server.ts';
import { ourProgram } from './peers/our-program.ts';
import type { Outcome } from './peers/run.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

/** What only our client can do to trust data, done on a real notary-server and read by the real docker and notary. */
const NOTARY = '127.71.11.2';
const HOSTS = { notaryserver: NOTARY };
const DCT = {
  DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443',
  DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'sandbox-passphrase',
  DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'sandbox-passphrase',
};
const TARGETS_LIFETIME_MS = 3 * 365 * 24 * 60 * 60 * 1000;
const file = { length: 730, hashes: new Map([['sha256', Buffer.alloc(32, 1)]]), extra: {} };

let workspace: Workspace;
let running: AsyncDisposable;
let ca: string;
beforeAll(async () => {
  workspace = await createWorkspace();
  await using started = new Started();
  const authority = createCertificateAuthority({ clock: systemClock });
  ca = authority.cert;
  const names = { dnsNames: ['notaryserver'], ipAddresses: [NOTARY] };
  const tls = issueServerCertificate({ ca: authority, ...names, clock: systemClock });
  await mkdir(workspace.at('docker-config', 'tls', 'notaryserver:4443'), { recursive: true });
  await writeFile(workspace.at('docker-config', 'tls', 'notaryserver:4443', 'ca.crt'), ca);
  await writeFile(workspace.at('ca.crt'), ca);
  await writeFile(workspace.at('file'), 'x');
  started.add(await startNotaryServer(workspace, { host: NOTARY, port: 4443 }, { ...tls, ca }));
  running = started.keep();
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

const config = () => ({ DOCKER_CONFIG: workspace.at('docker-config') });
const ours = (words: string) =>
  ourProgram(workspace, words.split(' '), {
    hosts: HOSTS,
    env: { ...DCT, ...config(), TRUSTSANDBOX_PROGRAM: 'docker' },
  });
const theirDocker = (words: string) =>
  docker(workspace, words.split(' '), { hosts: HOSTS, cwd: workspace.path, env: { ...DCT, ...config() } });
const theirNotary = (words: string, trustDir = workspace.at('reader')) =>
  notary(workspace, ['-s', 'https://notaryserver:4443', ...words.split(' ')], {
    trustDir,
    caFile: workspace.at('ca.crt'),
    hosts: HOSTS,
    cwd: workspace.path,
    env: Object.fromEntries(
      ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, 'sandbox-passphrase']),
    ),
  });

/** docker's side of a repository, as if it were another time. */
function repositoryAt(name: string, now: () => Date): TrustRepository {
  const directory = new TrustDirectory(workspace.at('docker-config', 'trust'));
  const nobody = { ask: async () => ({ kind: 'give-up' }) as const };
  const keys = new KeyStore(directory, environmentPassphrases(DCT, nobody));
  const connect = { host: NOTARY, port: 4443 };
  const server = openNotaryClient({ url: 'https://notaryserver:4443', ca, connect });
  return new TrustRepository({ gun: parseGun(name), directory, server, keys, clock: { now } });
}

async function until(ask: () => Promise<Outcome>, isDone: (outcome: Outcome) => boolean): Promise<Outcome> {
  for (;;) {
    const outcome = await ask();
    if (isDone(outcome)) return outcome;
    await wait(200);
  }
}

test('targets that have expired stop the real clients, and trust renew brings them back', async () => {
  const name = 'sandboxregistry:5000/test/expired';
  const start = Date.now() - TARGETS_LIFETIME_MS + 4000; // targets signed now end in 4 s
  const repository = repositoryAt(name, () => new Date(start));
  await repository.addTarget('v1', file);
  await repository.publish();
  const failed = await until(
    () => theirNotary(`list ${name}`),
    ({ status }) => status !== 0,
  );
  expect(failed.stdout).toContain('targets expired at');
  expect((await theirNotary(`publish ${name}`, workspace.at('docker-config', 'trust'))).stdout).toContain(
    'targets expired at',
  );
  expect((await theirNotary(`witness -p ${name} targets`, workspace.at('docker-config', 'trust'))).stdout).toContain(
    'expired',
  );
  expect((await theirDocker(`trust inspect ${name}`)).status).toBe(1);

  const renewed = await ours(`trust renew ${name}`);
  expect(renewed.stdout + renewed.stderr).toBe(`Renewed targets of ${name}\n`);
  expect((await theirNotary(`lookup ${name} v1`)).stdout).toContain(`v1 sha256:${'01'.repeat(32)} 730`);
  expect((await theirDocker(`trust inspect ${name}`)).stdout).toContain('"SignedTag": "v1"');
});

test('the real docker goes on with a repository whose every key we have rotated', async () => {
  const name = 'sandboxregistry:5000/test/rotated';
  await ours('trust key generate alice');
  await ours(`trust signer add --key alice.pub alice ${name}`);
  const repository = repositoryAt(name, () => new Date());
  const roles = await repository.listSignableRoles('v1');
  await repository.addTarget('v1', file, roles);
  await repository.publish();
  const pretty = `trust inspect --pretty ${name}`;
  const before = await theirDocker(pretty);
  await theirNotary(`list ${name}`);
  for (const words of [`repository ${name}`, `root -y ${name}`, `signer alice ${name}`, `root -y --legacy 2 ${name}`]) {
    const { status, stderr } = await ours(`trust rotate ${words}`);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  }
  const after = await theirDocker(pretty);
  expect(after.stdout).toMatch(/^v1 +(01){32} +alice$/m);
  expect(after.stdout).not.toBe(before.stdout);
  expect((await theirNotary(`list ${name}`)).stdout).toContain('targets/alice'); // by the roots in between
  expect((await theirDocker(`trust sign ${name}:v1`)).stdout).toContain('Successfully signed');
});

test('keys that trust key writes are the real notary’s to use, and the other way round', async () => {
  await theirNotary('key generate --role alice', workspace.at('reader'));
  await theirNotary('key export -o theirs.pem', workspace.at('reader'));
  expect((await ours('trust key import theirs.pem')).status).toBe(0);
  expect((await ours('trust key export -o ours.pem')).status).toBe(0);
  expect((await theirNotary('key import ours.pem', workspace.at('fresh'))).stdout).toBe('');
  const listed = await theirNotary('key list', workspace.at('fresh'));
  const ids = (await ours('trust key list -q')).stdout.trim().split('\n');
  for (const id of ids) expect(listed.stdout).toContain(id);
});
