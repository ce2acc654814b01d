import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Started, systemClock } from '../../src/core/index.ts';
import { type CertificateAndKey, createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { startNotaryServer } from './peers/notary-server.ts';
import { type Outcome, run } from './peers/run.ts';
import { startServer } from './peers/server.ts';
import { ISSUER, NOTARY_SERVICE, startTokenServer } from './peers/token-server.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

/** The real notary and ours, at a real notary-server that lets in those who have a token, or a certificate. */
const HOSTS = { notaryserver: '127.71.7.2', tokenserver: '127.71.7.3', closedserver: '127.71.7.4' };
const OURS = join(import.meta.dirname, '../../bin/trustsandbox.cjs');
const PASSPHRASES = Object.fromEntries(
  ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, 'sandbox-passphrase']),
);
const login = (user: string, password = `${user}-secret`): string =>
  Buffer.from(`${user}:${password}`).toString('base64');

let workspace: Workspace;
let running: AsyncDisposable;
beforeAll(async () => {
  workspace = await createWorkspace();
  await using started = new Started();
  const ca = createCertificateAuthority({ clock: systemClock });
  const tls = issueServerCertificate({
    ca,
    dnsNames: Object.keys(HOSTS),
    ipAddresses: Object.values(HOSTS),
    clock: systemClock,
  });
  await writeFile(workspace.at('ca.crt'), ca.cert);
  const [key, cert] = [workspace.at('client.key'), workspace.at('client.crt')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=client'];
  await run('openssl', [...made, '-keyout', key, '-out', cert]);
  await writeFile(workspace.at('file'), 'x');
  const address = { host: HOSTS.tokenserver, port: 5001 };
  const tokens = started.add(
    await startTokenServer(workspace, { address, algorithm: 'RS256', tls, name: 'tokenserver' }),
  );
  const auth = { realm: tokens.realm, service: NOTARY_SERVICE, issuer: ISSUER, rootcertbundle: tokens.bundle };
  const place = { host: HOSTS.notaryserver, port: 4443 };
  started.add(await startNotaryServer(workspace, place, { ...tls, ca: ca.cert }, auth));
  started.add(await startClosedServer(tls));
  running = started.keep();
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

function notary(who: 'real' | 'ours', words: string, env: Record<string, string> = {}, input = ''): Promise<Outcome> {
  const program = who === 'real' ? ['notary'] : [process.execPath, process.env.OURS ?? OURS];
  const trust = ['-d', workspace.at(who), '--tlscacert', workspace.at('ca.crt'), '-s', 'https://notaryserver:4443'];
  const [file = '', ...first] = program;
  const given = { HOME: workspace.path, TRUSTSANDBOX_PROGRAM: 'notary', ...PASSPHRASES, ...env };
  return run(file, [...first, ...trust, ...words.split(' ')], { env: given, input, hosts: HOSTS, cwd: workspace.path });
}

/** A notary-server that nobody without a certificate reaches. */
async function startClosedServer({ cert, key }: CertificateAndKey): Promise<AsyncDisposable> {
  for (const [name, text] of Object.entries({ 'closed.crt': cert, 'closed.key': key })) {
    await writeFile(workspace.at(name), text, { mode: 0o600 });
  }
  const address = { host: HOSTS.closedserver, port: 4443 };
  const settings = {
    server: {
      http_addr: `${address.host}:${address.port}`,
      tls_cert_file: workspace.at('closed.crt'),
      tls_key_file: workspace.at('closed.key'),
      client_ca_file: workspace.at('client.crt'),
    },
    trust_service: { type: 'local', hostname: '', port: '', key_algorithm: 'ecdsa' },
    storage: { backend: 'memory' },
    logging: { level: 'error' },
  };
  await writeFile(workspace.at('closed.json'), JSON.stringify(settings));
  return startServer('notary-server', ['-config', workspace.at('closed.json')], {
    logFile: workspace.at('closed.log'),
    isReady: () =>
      new Promise((resolve) => {
        const socket = createConnection(address, () => resolve(true)).on('error', () => resolve(false));
        socket.on('connect', () => socket.destroy());
      }),
  });
}

describe('a server that wants a certificate', () => {
  test('is reached with one, by flags and by the configuration, and not without', async () => {
    const words = 'publish example.com/closed';
    const elsewhere = '-s https://closedserver:4443';
    const flags = `--tlscert ${workspace.at('client.crt')} --tlskey ${workspace.at('client.key')}`;
    await writeFile(
      workspace.at('closed-client.json'),
      JSON.stringify({ remote_server: { tls_client_cert: 'client.crt', tls_client_key: 'client.key' } }),
    );
    for (const who of ['real', 'ours'] as const) {
      expect((await notary(who, `${elsewhere} ${words}`)).stdout).toContain('* fatal: client is offline');
      expect((await notary(who, `${elsewhere} ${flags} ${words}`)).status).toBe(0);
      const read = await notary(who, `-c closed-client.json ${elsewhere} list example.com/closed`);
      expect(read.stdout).toBe('\nNo targets present in this repository.\n\n');
      await run('rm', ['-r', workspace.at(who, 'tuf')]);
      await notary(who, `${elsewhere} ${flags} delete example.com/closed --remote`);
    }
  });
});

describe('a server that wants tokens', () => {
  test.each([
    { why: 'nobody has trust data yet', words: 'list team/NAME', env: { NOTARY_AUTH: login('bob') } },
    { why: 'a reader may not write', words: 'init team/NAME -p', env: { NOTARY_AUTH: login('bob') } },
    { why: 'a writer may', words: 'publish team/NAME', env: { NOTARY_AUTH: login('alice') } },
    { why: 'a writer goes on', words: 'add team/NAME v1 file -p', env: { NOTARY_AUTH: login('alice') } },
    { why: 'a reader reads', words: 'list team/NAME', env: { NOTARY_AUTH: login('bob') } },
    { why: 'a wrong password is refused', words: 'lookup team/NAME v1', env: { NOTARY_AUTH: login('bob', 'wrong') } },
    { why: 'a login that is none is told of', words: 'lookup team/NAME v1', env: { NOTARY_AUTH: '***' } },
    { why: 'a login without a user is told of', words: 'lookup team/NAME v1', env: { NOTARY_AUTH: 'OmE=' } },
    { why: 'a login without a password is told of', words: 'lookup team/NAME v1', env: { NOTARY_AUTH: 'YQ==' } },
    {
      why: 'a rotation asks for more than writing',
      words: 'key rotate team/NAME snapshot -r',
      env: { NOTARY_AUTH: login('alice') },
    },
    { why: 'the owner may', words: 'init home/alice/NAME -p', env: { NOTARY_AUTH: login('alice') } },
    { why: 'the owner rotates', words: 'key rotate home/alice/NAME snapshot -r', env: { NOTARY_AUTH: login('alice') } },
    { why: 'the owner deletes', words: 'delete home/alice/NAME --remote', env: { NOTARY_AUTH: login('alice') } },
    { why: 'nobody is asked who they are', words: 'list team/NAME', env: {}, input: 'bob\nbob-secret\n' },
    { why: 'and may not say', words: 'list team/NAME', env: {}, input: '\n' },
    { why: 'a public collection asks nobody', words: 'list public/NAME', env: {} },
  ])('$why: $words', async ({ words, env, input = '' }) => {
    const seen = async (who: 'real' | 'ours') => {
      const { status, stdout, stderr } = await notary(who, words.replace('NAME', `${who}${id}`), env, input);
      const mask = (text: string) =>
        text
          .replaceAll(`${who}${id}`, 'NAME')
          .replace(/\b[0-9a-f]{64}\b/g, '<ID>')
          .replace(/time="[^"]*"/g, 'time="<TIME>"');
      return { status, stdout: mask(stdout), stderr: mask(stderr) };
    };
    expect(await seen('ours')).toEqual(await seen('real'));
  });
});
const id = randomBytes(3).toString('hex');
