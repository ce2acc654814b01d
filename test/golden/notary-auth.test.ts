import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { listen, readBody, TokenController } from '../../src/http/index.ts';
import { accessAuthorizer, createNotaryServer, openNotaryDatabase } from '../../src/notary/index.ts';
import { createSigningCertificate } from '../../src/pki/index.ts';
import { readRecording } from './recorded-metadata.ts';

const folder = mkdtempSync(join(tmpdir(), 'notary-auth-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NOW = new Date('2026-11-23T05:00:00Z');
const clock = { now: () => NOW };
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const certificate = createSigningCertificate({ name: 'auth.example.com', key: privateKey, clock });
const GUN = 'example.com/api';

/** Tokens as the recorded requests had them, by the comment before each. */
const TOKENS: Readonly<Record<string, { aud?: string; exp?: number; name?: string }>> = {
  'token with pull for this GUN': {},
  'token of another audience': { aud: 'another' },
  'expired token': { exp: NOW.getTime() / 1000 - 600 },
  'token for another GUN': { name: 'example.com/other' },
  'pull token used to push': {},
};

/** A JSON Web Token by hand, so that not the library that verifies it has made it: RS256 with x5c. */
function makeToken({ aud = 'notary-server', exp = NOW.getTime() / 1000 + 300, name = GUN }): string {
  const x5c = [certificate.replace(/-----[^-]+-----|\s/g, '')];
  const header = { typ: 'JWT', alg: 'RS256', x5c };
  const access = [{ type: 'repository', name, actions: ['pull'] }];
  const claims = { iss: 'auth.example.com', sub: 'alice', aud, exp, nbf: 0, iat: 0, jti: '1', access };
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly comment: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `> METHOD PATH`, `>h` and `<h` headers, `body|` lines (recordings/README.md). */
function readExchanges(text: string): Exchange[] {
  return text
    .split(/(?=^> )/m)
    .slice(1)
    .map((block, index, all) => {
      const before = index === 0 ? '' : (all[index - 1] ?? '');
      const [, method = '', path = ''] = /^> (\S+) (\S+)/.exec(block) ?? [];
      const headers = [...block.matchAll(/^<h ([^:]+): (.*)$/gm)].map(([, name = '', value = '']) => [name, value]);
      const lines = [...block.matchAll(/^body\| (.*)$/gm)].map(([, line]) => line);
      const isOpen = block.includes('\nbody|\\ no newline at end');
      return {
        method,
        path,
        authorization: /^>h Authorization: (.*)$/m.exec(block)?.[1],
        comment: /\n# ([^\n]*)\s*$/.exec(before)?.[1] ?? '',
        status: Number(/^< (\d+)/m.exec(block)?.[1]),
        headers: Object.fromEntries(headers),
        body: lines.join('\n') + (isOpen ? '' : '\n'),
      };
    });
}

const exchanges = readExchanges(readRecording('transcripts/32-notary-api-auth.txt').toString());

test.each(exchanges.map((exchange, number) => ({ ...exchange, number })))(
  'exchange $number: $method $path $comment is answered $status as recorded',
  async ({ method, path, authorization, comment, status, headers, body }) => {
    const rootCertBundle = join(folder, 'bundle.pem');
    writeFileSync(rootCertBundle, certificate);
    const controller = new TokenController({
      realm: 'https://auth.example.com/token',
      service: 'notary-server',
      issuer: 'auth.example.com',
      rootCertBundle,
      clock,
    });
    await using database = await openNotaryDatabase(':memory:');
    const { app } = createNotaryServer({
      database,
      keys: { secret: randomBytes(32) },
      clock,
      gunPrefixes: ['example.com/'],
      authorize: accessAuthorizer(controller),
    });
    await using listener = await listen(app, { kind: 'tcp', host: '127.0.0.1', port: 0 });
    const token = comment === '' ? '' : makeToken(TOKENS[comment] ?? {});
    const sent = authorization === undefined ? {} : { authorization: authorization.replace('$TOKEN', token) };
    const answer = await send(`${listener.url}${path}`, method, sent);
    expect(answer).toEqual({
      status,
      body,
      challenge: headers['Www-Authenticate'],
      type: headers['Content-Type'],
      length: headers['Content-Length'],
    });
  },
);

test.each(['ü', '%7F', '%22', '%0A', '%E2%80%AE'])(
  'a GUN with %s in it is asked for a token as any other',
  async (part) => {
    const rootCertBundle = join(folder, 'bundle.pem');
    writeFileSync(rootCertBundle, certificate);
    const options = { realm: 'https://a/ü', service: 's', issuer: 'i', rootCertBundle, clock };
    const authorize = accessAuthorizer(new TokenController(options));
    await using database = await openNotaryDatabase(':memory:');
    const { app } = createNotaryServer({ database, keys: { secret: randomBytes(32) }, clock, authorize });
    await using listener = await listen(app, { kind: 'tcp', host: '127.0.0.1', port: 0 });
    const answer = await send(`${listener.url}/v2/a/${part.replace('ü', '%C3%BC')}/_trust/tuf/root.json`, 'GET', {});
    expect(answer).toMatchObject({ status: 401, challenge: expect.stringContaining('scope="repository:a/') });
  },
);

function send(url: string, method: string, headers: Record<string, string>): Promise<object> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, async (response) => {
      const body = String(await readBody(response, 10_000));
      const of = (name: string) => response.headers[name];
      const [challenge, type, length] = [of('www-authenticate'), of('content-type'), of('content-length')];
      resolve({ status: response.statusCode, body, challenge, type, length });
    });
    sent.on('error', reject).end();
  });
}
