import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, describe, expect, test } from 'vitest';
import { type Log, systemClock } from '../../src/core/index.ts';
import { NotaryClient } from '../../src/notary/client/index.ts';
import { parseServerConfig, type ServerConfig, serveNotary } from '../../src/notary/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { TEST_NOW } from '../tuf-repository.ts';
import { publishNew } from './running-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'serve-notary-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const clock = systemClock;
const ca = createCertificateAuthority({ clock });
const token = createCertificateAuthority({ clock, name: 'issuer' });
writeFileSync(at('bundle.pem'), token.cert);
const writeCertificate = (name: string): void => {
  const { cert, key } = issueServerCertificate({ ca, dnsNames: [name], ipAddresses: ['127.0.0.1'], clock });
  writeFileSync(at('server.crt'), cert);
  writeFileSync(at('server.key'), key);
};

function configOf(settings: Record<string, object> = {}): ServerConfig {
  const { server = {}, ...others } = settings;
  const text = JSON.stringify({
    storage: { backend: 'memory' },
    ...others,
    server: { http_addr: '127.0.0.1:0', ...server },
  });
  const surroundings = { environment: {}, cwd: folder, defaultDatabase: at('notary.db') };
  return parseServerConfig({ path: at('server.json'), text }, surroundings).value;
}

async function serve(config: ServerConfig, stateFolder = at('state')) {
  const logged: string[] = [];
  const keep =
    (level: string): Log['info'] =>
    (event, { setting, why } = {}) =>
      void logged.push([level, event, setting ?? why].filter((part) => part !== undefined).join(' '));
  const log: Log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  return Object.assign(await serveNotary(config, { log, clock: { now: () => TEST_NOW }, stateFolder }), { logged });
}

const AUTH = {
  type: 'token',
  options: { realm: 'https://a/token', service: 's', issuer: 'i', rootcertbundle: at('bundle.pem') },
};

describe('a Notary server that is served as configured', () => {
  test('keeps its database and the secret of its keys where nobody else reads them', async () => {
    const config = { ...configOf(), database: at('own/notary.db') };
    {
      await using served = await serve(config, at('own'));
      using client = new NotaryClient({ url: served.listener.url });
      await publishNew(client, 'example.com/app');
    }
    expect(statSync(at('own')).mode & 0o077).toBe(0);
    expect(statSync(at('own/keys.secret')).mode & 0o077).toBe(0);
    await using again = await serve(config, at('own'));
    expect((await fetch(`${again.listener.url}/v2/example.com/app/_trust/tuf/timestamp.json`)).status).toBe(200);
    rmSync(at('own/keys.secret'));
    await expect(serve(config, at('own'))).rejects.toMatchObject({ code: 'NOTARY_SECRET_WRONG' });
  });

  test('shows another certificate after a reload, and the old one while the files are broken', async () => {
    writeCertificate('first');
    const config = configOf({ server: { tls_cert_file: 'server.crt', tls_key_file: 'server.key' } });
    await using served = await serve(config);
    expect(await nameShownBy(served.listener.url)).toBe('DNS:first, IP Address:127.0.0.1');
    writeFileSync(at('server.crt'), 'broken');
    await served.reload(config);
    expect(served.logged.at(-2)).toMatch(/^error reload failed/);
    expect(await nameShownBy(served.listener.url)).toBe('DNS:first, IP Address:127.0.0.1');
    writeCertificate('second');
    await served.reload(config);
    expect(await nameShownBy(served.listener.url)).toBe('DNS:second, IP Address:127.0.0.1');
  });

  test('takes prefixes, ages of caches and auth from a reload, and says what needs a restart', async () => {
    await using served = await serve(configOf());
    using client = new NotaryClient({ url: served.listener.url });
    await publishNew(client, 'example.com/app');
    const read = () => fetch(`${served.listener.url}/v2/example.com/app/_trust/tuf/root.json`);
    expect((await read()).headers.get('cache-control')).toContain('max-age=300');
    await served.reload(configOf({ caching: { max_age: { current_metadata: 5 } } }));
    expect((await read()).headers.get('cache-control')).toContain('max-age=5');
    await served.reload(configOf({ repositories: { gun_prefixes: ['elsewhere/'] } }));
    expect((await read()).status).toBe(404);
    await served.reload(configOf({ auth: AUTH, trustsandbox: { audit: false }, server: { http_addr: '127.0.0.1:1' } }));
    expect((await read()).status).toBe(401);
    expect(served.logged.filter((line) => line.includes('restart'))).toEqual([
      'warn this needs a restart to take effect server.http_addr',
      'warn this needs a restart to take effect trustsandbox.audit',
    ]);
    const broken = { ...AUTH, options: { ...AUTH.options, rootcertbundle: '/none' } };
    await served.reload(configOf({ auth: broken }));
    expect((await read()).status).toBe(401); // what was there before stays in force
  });

  test('answers about its health and in figures on an address of their own', async () => {
    await using served = await serve(configOf({ trustsandbox: { debug_addr: '127.0.0.1:0' } }));
    const get = async (path: string) => (await fetch(`${served.debugUrl}${path}`)).text();
    expect(await get('/debug/health')).toBe('{}');
    expect(await get('/metrics')).toContain(
      'notary_server_http_request_duration_microseconds_count{operation="GetRole"} 0',
    );
  });

  test('says that it can be reached, and by whom', async () => {
    await using served = await serve(configOf({ server: { http_addr: ':0' } }));
    expect(served.logged).toEqual([
      'warn listening beyond loopback: others can reach this server',
      'warn no auth: whoever reaches this server may publish and delete',
      'warn no TLS: unless a proxy speaks it, tokens can be read and answers be changed on the way',
    ]);
  });

  test('does not start on an address that is taken', async () => {
    await using served = await serve(configOf());
    const { address } = served.listener;
    await expect(serve({ ...configOf(), address })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('ends updates that run before it stops', async () => {
    const served = await serve(configOf());
    using client = new NotaryClient({ url: served.listener.url });
    const publishing = publishNew(client, 'example.com/app');
    await client.ping();
    await Promise.all([publishing, publishing.then(() => served.stop())]);
    await expect(fetch(served.listener.url)).rejects.toThrow();
  });
});

function nameShownBy(url: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const options = { ca: ca.cert, agent: false, checkServerIdentity: () => undefined };
    const asked = request(`${url}/v2/`, options, (response) => {
      const { subjectaltname } = (response.socket as TLSSocket).getPeerCertificate();
      response.resume().on('end', () => resolve(subjectaltname));
    });
    asked.on('error', reject).end();
  });
}
