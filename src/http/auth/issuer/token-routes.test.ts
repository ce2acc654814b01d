import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, describe, expect, test } from 'vitest';
import { createSigningCertificate } from '../../../pki/index.ts';
import { listen } from '../../listen.ts';
import { Htpasswd } from '../htpasswd.ts';
import { TokenVerifier } from '../token-verifier.ts';
import { Grants } from './grants.ts';
import { signingKey } from './signing-key.ts';
import { TokenIssuer } from './token-issuer.ts';
import { createTokenApp } from './token-routes.ts';

const folder = mkdtempSync(join(tmpdir(), 'issuer-'));
afterAll(() => rmSync(folder, { recursive: true }));

const users = join(folder, 'htpasswd');
const keys = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
};
const rules = [
  { users: ['anonymous'], type: 'repository', name: 'public/*', actions: ['pull'] },
  { users: ['alice'], type: 'repository', name: '**', actions: ['pull', 'push'] },
];

async function start(algorithm: keyof typeof keys = 'ES256') {
  writeFileSync(users, `alice:${hashSync('secret', 4)}\n`);
  const state = { now: new Date('2026-11-23T05:00:00Z') };
  const clock = { now: () => state.now };
  const certificate = createSigningCertificate({ name: 'issuer', key: keys[algorithm], clock });
  const bundle = join(folder, `${algorithm}.pem`);
  writeFileSync(bundle, certificate);
  const issuer = new TokenIssuer({
    issuer: 'issuer',
    services: ['registry', 'notary'],
    users: new Htpasswd(users),
    grants: new Grants(rules),
    key: signingKey(keys[algorithm], certificate),
    clock,
  });
  const listener = await listen(createTokenApp(issuer), { kind: 'tcp', host: '127.0.0.1', port: 0 });
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${listener.url}${path}`, init);
    return { status: response.status, headers: response.headers, body: (await response.json()) as TokenBody };
  };
  return Object.assign(state, {
    ask,
    get: (query: string, password?: string) =>
      ask(`/token?${query}`, password === undefined ? {} : { headers: { authorization: basic('alice', password) } }),
    post: (form: Record<string, string>) => ask('/token', { method: 'POST', body: new URLSearchParams(form) }),
    verify: (token: string, service = 'registry', files = { rootCertBundle: bundle }) =>
      new TokenVerifier({ issuer: 'issuer', service, clock, ...files }).verify(token),
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  });
}

interface TokenBody {
  readonly token: string;
  readonly access_token: string;
  readonly refresh_token: string;
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const PULL = [{ type: 'repository', name: 'a/b', actions: ['pull'] }];
const password = { grant_type: 'password', username: 'alice', password: 'secret', service: 'registry', client_id: 'x' };

describe('a token service', () => {
  test.each(['ES256', 'RS256'] as const)(
    'gives tokens signed by %s that verify by certificate and key set',
    async (algorithm) => {
      await using service = await start(algorithm);
      const { status, headers, body } = await service.get(
        'service=registry&scope=repository:a/b:pull,delete',
        'secret',
      );
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      const times = { expires_in: 300, issued_at: '2026-11-23T05:00:00.000Z' };
      expect(body).toEqual({ token: expect.any(String), access_token: body.token, ...times });
      expect(await service.verify(body.token)).toEqual({ subject: 'alice', access: PULL });
      await expect(service.verify(body.token, 'notary')).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
      const jwks = join(folder, 'jwks.json');
      writeFileSync(jwks, JSON.stringify((await service.ask('/.well-known/jwks.json')).body));
      const tokens = new TokenVerifier({
        issuer: 'issuer',
        service: 'registry',
        jwks,
        clock: { now: () => service.now },
      });
      expect(await tokens.verify(body.token)).toEqual({ subject: 'alice', access: PULL });
    },
  );

  test('gives nobody what everybody may have', async () => {
    await using service = await start();
    const { status, body } = await service.get(
      'service=registry&scope=repository:public/x:pull,push&scope=repository:a:pull&offline_token=true',
    );
    expect([status, body.refresh_token]).toEqual([200, undefined]);
    const access = [{ type: 'repository', name: 'public/x', actions: ['pull'] }];
    expect(await service.verify(body.token)).toEqual({ subject: '', access });
  });

  test('takes the form of OAuth2, and gives a refresh token to those who ask', async () => {
    await using service = await start();
    const { status, body } = await service.post({
      ...password,
      scope: 'repository:a/b:pull,*',
      access_type: 'offline',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ scope: 'repository:a/b:pull', token_type: 'Bearer', expires_in: 300 });
    expect(await service.verify(body.access_token)).toEqual({ subject: 'alice', access: PULL });
    const again = await service.post({
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token,
      service: 'notary',
      scope: 'repository:a/b:pull',
    });
    expect(again.body).toMatchObject({ refresh_token: body.refresh_token });
    expect(await service.verify(again.body.access_token, 'notary')).toEqual({ subject: 'alice', access: PULL });
  });

  test('no longer takes a refresh token when the password was changed, or it is old', async () => {
    await using service = await start();
    const { body } = await service.get('service=registry&offline_token=true', 'secret');
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token, service: 'registry' };
    expect((await service.post(refresh)).status).toBe(200);
    writeFileSync(users, `alice:${hashSync('another', 4)}\n`);
    expect((await service.post(refresh)).status).toBe(401);
    writeFileSync(users, `bob:${hashSync('secret', 4)}\n`);
    expect((await service.post(refresh)).status).toBe(401);
    const { body: fresh } = await service.ask('/token?service=registry&offline_token=true', {
      headers: { authorization: basic('bob', 'secret') },
    });
    const mine = { ...refresh, refresh_token: fresh.refresh_token };
    expect((await service.post(mine)).status).toBe(200);
    service.now = new Date(service.now.getTime() + 91 * 86_400_000);
    expect((await service.post(mine)).status).toBe(401);
  });

  test('keeps the two kinds of token apart', async () => {
    await using service = await start();
    const { body } = await service.get('service=registry&offline_token=true', 'secret');
    await expect(service.verify(body.refresh_token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    const refresh = { grant_type: 'refresh_token', refresh_token: body.token, service: 'registry' };
    expect((await service.post(refresh)).status).toBe(401);
  });

  test.each([
    { why: 'a wrong password', form: { ...password, password: 'guess' }, status: 401, error: 'invalid_grant' },
    { why: 'an unknown user', form: { ...password, username: 'mallory' }, status: 401, error: 'invalid_grant' },
    { why: 'no grant type', form: { ...password, grant_type: '' }, status: 400, error: 'unsupported_grant_type' },
    { why: 'another service', form: { ...password, service: 'bank' }, status: 400, error: 'invalid_target' },
    { why: 'too much', form: { ...password, scope: 'x'.repeat(70_000) }, status: 413, error: 'invalid_request' },
    { why: 'no refresh token', form: { grant_type: 'refresh_token' }, status: 401, error: 'invalid_grant' },
  ])('answers $why $status', async ({ form, status, error }) => {
    await using service = await start();
    const answer = await service.post(form);
    expect(answer).toMatchObject({ status, body: { error, errors: [{ code: expect.any(String) }] } });
  });

  test.each([
    { why: 'a wrong password', header: basic('alice', 'guess') },
    { why: 'something else than Basic', header: 'Bearer x' },
    { why: 'no base64', header: 'Basic %%' },
  ])('answers $why in the header 401, with a challenge', async ({ header }) => {
    await using service = await start();
    const answer = await service.ask('/token?service=registry', { headers: { authorization: header } });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="issuer"']);
  });
});
