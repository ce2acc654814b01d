import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import {
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  acceptTimestamp,
  parseEnvelope,
  parseGun,
  parseRoleName,
} from '../../src/tuf/index.ts';
import { startServer } from '../notary/running-server.ts';
import { run } from './peers/run.ts';
import { createWorkspace } from './peers/workspace.ts';

const GUN = 'example.com/team/app';
const CONTENT = 'hello\n';
const HASH = createHash('sha256').update(CONTENT).digest('hex');
const PASSPHRASES = Object.fromEntries(
  ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, 'sandbox-passphrase']),
);

/** Our server over TLS, and the real `notary` as two people would have it. */
async function open() {
  const ca = createCertificateAuthority({ clock: systemClock });
  const tls = issueServerCertificate({ ca, dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], clock: systemClock });
  const server = await startServer({ tls, clock: systemClock, client: { ca: ca.cert } });
  const workspace = await createWorkspace();
  writeFileSync(workspace.at('ca.crt'), ca.cert);
  writeFileSync(workspace.at('file'), CONTENT);
  const notary = (home: string) => async (command: string, input?: string) => {
    mkdirSync(workspace.at(home), { recursive: true });
    const base = ['-s', server.url, '--tlscacert', workspace.at('ca.crt'), '-d', workspace.at(home, 'trust')];
    const env = { ...PASSPHRASES, HOME: workspace.at(home) };
    const options = { env, cwd: workspace.path, ...(input === undefined ? {} : { input }) };
    const { status, stdout, stderr } = await run('notary', [...base, ...command.split(' ')], options);
    expect(status, `notary ${command}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  return {
    server,
    workspace,
    notary,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

test('the real notary initialises, publishes, rotates every key, delegates and deletes on our server', async () => {
  await using world = await open();
  const alice = world.notary('alice');
  await alice(`init ${GUN} -p`);
  await alice(`add ${GUN} v1 file -p`);
  expect(await alice(`verify ${GUN} v1`, CONTENT)).toBe(CONTENT);
  await alice(`key rotate ${GUN} timestamp -r`);
  await alice(`key rotate ${GUN} snapshot -r`);
  await alice(`key rotate ${GUN} targets`);
  await alice(`key rotate ${GUN} root`, 'yes\n');
  await alice(`add ${GUN} v2 file -p`);

  const subject = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=bob'];
  const files = ['-keyout', world.workspace.at('bob.key'), '-out', world.workspace.at('bob.crt')];
  execFileSync('openssl', [...subject, ...files], { stdio: 'ignore' });
  await alice(`delegation add ${GUN} targets/bob bob.crt --all-paths -p`);
  await alice('key import bob.key --role targets/bob');
  await alice(`add ${GUN} v3 file -r targets/bob -p`);

  // Somebody who has never seen the collection follows every rotation and believes the same.
  const listed = await world.notary('carol')(`list ${GUN}`);
  const rows = listed.trim().split('\n').slice(2);
  expect(rows.map((row) => row.split(/\s+/))).toEqual([
    ['v1', HASH, '6', 'targets'],
    ['v2', HASH, '6', 'targets'],
    ['v3', HASH, '6', 'targets/bob'],
  ]);

  await alice(`delete ${GUN} --remote`);
  const env = { HOME: world.workspace.at('dave') };
  const { status, stdout } = await run(
    'notary',
    ['-s', world.server.url, '--tlscacert', world.workspace.at('ca.crt'), 'list', GUN],
    { env },
  );
  expect(status).toBe(1);
  expect(stdout).toContain(`does not have trust data for ${GUN}`);
});

test('what the real notary caches from our server, we verify; byte for byte what we serve', async () => {
  await using world = await open();
  const alice = world.notary('alice');
  await alice(`init ${GUN} -p`);
  await alice(`add ${GUN} v1 file -p`);
  await alice(`list ${GUN}`);
  const folder = world.workspace.at('alice', 'trust', 'tuf', ...GUN.split('/'), 'metadata');
  expect(readdirSync(folder).sort()).toEqual(['root.json', 'snapshot.json', 'targets.json', 'timestamp.json']);
  const cached = (role: string) => parseEnvelope(readFileSync(`${folder}/${role}.json`));
  const gun = parseGun(GUN);
  const now = new Date();
  const root = acceptRoot(cached('root'), { gun, now });
  const timestamp = acceptTimestamp(root, cached('timestamp'), { now });
  const snapshot = acceptSnapshot(root, timestamp, cached('snapshot'), { now });
  const targets = acceptTargets(root, snapshot, cached('targets'), { now });
  expect(targets.targets.get('v1')?.hashes.get('sha256')?.toString('hex')).toBe(HASH);
  for (const role of ['root', 'targets', 'snapshot', 'timestamp'] as const) {
    const served = await world.server.client.getMetadata(gun, parseRoleName(role));
    expect(served.equals(cached(role).bytes), role).toBe(true);
  }
});
