import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type Access,
  type AccessController,
  covers,
  HtpasswdController,
  UnauthorizedError,
} from '../../src/http/index.ts';
import { runRegistry } from './running-registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'access-'));
afterAll(() => rmSync(folder, { recursive: true }));
const digest = `sha256:${'a'.repeat(64)}`;

/** Allows what it is told, and keeps what it was asked. */
function allowing(granted: readonly Access[]): AccessController & { readonly asked: (readonly Access[])[] } {
  const asked: (readonly Access[])[] = [];
  return {
    asked,
    async authorize(_, access) {
      asked.push(access);
      if (!covers(granted, access)) throw new UnauthorizedError('Bearer realm="there"', access);
      return { user: 'alice' };
    },
    reload: async () => undefined,
  };
}
const on = (name: string, ...actions: string[]): Access => ({ type: 'repository', name, actions });

describe('a registry that asks for credentials', () => {
  test.each([
    { method: 'GET', path: '/v2/a/b/manifests/latest', asks: [on('a/b', 'pull')] },
    { method: 'HEAD', path: '/v2/a/b/manifests/latest', asks: [on('a/b', 'pull')] },
    { method: 'PUT', path: '/v2/a/b/manifests/latest', asks: [on('a/b', 'pull', 'push')] },
    { method: 'DELETE', path: `/v2/a/b/manifests/${digest}`, asks: [on('a/b', 'delete')] },
    { method: 'GET', path: `/v2/a/b/blobs/${digest}`, asks: [on('a/b', 'pull')] },
    { method: 'HEAD', path: `/v2/a/b/blobs/${digest}`, asks: [on('a/b', 'pull')] },
    { method: 'DELETE', path: `/v2/a/b/blobs/${digest}`, asks: [on('a/b', 'delete')] },
    { method: 'POST', path: '/v2/a/b/blobs/uploads/', asks: [on('a/b', 'pull', 'push')] },
    {
      method: 'POST',
      path: `/v2/a/b/blobs/uploads/?mount=${digest}&from=c/d`,
      asks: [on('a/b', 'pull', 'push'), on('c/d', 'pull')],
    },
    { method: 'GET', path: '/v2/a/b/blobs/uploads/1', asks: [on('a/b', 'pull')] },
    { method: 'PATCH', path: '/v2/a/b/blobs/uploads/1', asks: [on('a/b', 'pull', 'push')] },
    { method: 'PUT', path: `/v2/a/b/blobs/uploads/1?digest=${digest}`, asks: [on('a/b', 'pull', 'push')] },
    { method: 'DELETE', path: '/v2/a/b/blobs/uploads/1', asks: [on('a/b', 'delete')] },
    { method: 'GET', path: '/v2/a/b/tags/list', asks: [on('a/b', 'pull')] },
    { method: 'GET', path: `/v2/a/b/referrers/${digest}`, asks: [on('a/b', 'pull')] },
    { method: 'GET', path: '/v2/_catalog', asks: [{ type: 'registry', name: 'catalog', actions: ['*'] }] },
  ])('answers $method $path 401 without the right to $asks', async ({ method, path, asks }) => {
    const access = allowing([]);
    await using registry = await runRegistry({ access, deleteEnabled: true });
    const answer = await registry.ask(method, path);
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="there"' } });
    expect(access.asked).toEqual([asks]);
    if (method === 'HEAD') return;
    const detail = asks.flatMap(({ type, name, actions }) =>
      actions.map((action) => ({ Type: type, Class: '', Name: name, Action: action })),
    );
    const error = { code: 'UNAUTHORIZED', message: 'authentication required', detail };
    expect(JSON.parse(String(answer.body))).toEqual({ errors: [error] });
  });

  test('lets what is granted through, and nothing else', async () => {
    const access = allowing([on('a/b', '*'), on('c/d', 'pull')]);
    await using registry = await runRegistry({ access, deleteEnabled: true });
    const bytes = Buffer.from('hello');
    const blob = await registry.pushBlob('a/b', bytes);
    expect(await registry.ask('GET', `/v2/a/b/blobs/${blob}`)).toMatchObject({ status: 200 });
    expect(await registry.ask('GET', `/v2/c/d/blobs/${blob}`)).toMatchObject({ status: 404 });
    expect(await registry.ask('POST', '/v2/c/d/blobs/uploads/')).toMatchObject({ status: 401 });
    expect(await registry.ask('DELETE', `/v2/a/b/blobs/${blob}`)).toMatchObject({ status: 202 });
    expect(await registry.ask('GET', '/v2/')).toMatchObject({ status: 200 });
  });

  test('does not give a blob away to those who only know its digest', async () => {
    const access = allowing([on('mine', '*')]);
    await using open = await runRegistry();
    const secret = await open.pushBlob('theirs', Buffer.from('secret'));
    await using closed = await runRegistry({ access, driver: open.driver });
    for (const query of [`mount=${secret}&from=theirs`, `mount=${secret}`]) {
      await closed.ask('POST', `/v2/mine/blobs/uploads/?${query}`);
    }
    expect(await closed.ask('GET', `/v2/mine/blobs/${secret}`)).toMatchObject({ status: 404 });
  });
});

describe('a registry with a file of users', () => {
  const path = join(folder, 'htpasswd');
  const write = (...users: string[]): void =>
    writeFileSync(path, users.map((user) => `${user}:${hashSync(`${user}-secret`, 4)}\n`).join(''));
  const as = (user: string, password = `${user}-secret`) => ({
    headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
  });

  test.each([
    { who: 'nobody', options: {}, status: 401 },
    { who: 'alice', options: as('alice'), status: 200 },
    { who: 'alice with a wrong password', options: as('alice', 'guess'), status: 401 },
    { who: 'somebody it does not know', options: as('mallory'), status: 401 },
    { who: 'somebody with an empty password', options: as('alice', ''), status: 401 },
    { who: 'a bearer of tokens', options: { headers: { authorization: 'Bearer abc' } }, status: 401 },
    { who: 'somebody with no base64', options: { headers: { authorization: 'Basic %%%' } }, status: 401 },
  ])('answers $who $status', async ({ options, status }) => {
    write('alice');
    await using registry = await runRegistry({ access: new HtpasswdController({ realm: 'ours', path }) });
    const answer = await registry.ask('GET', '/v2/', options);
    expect(answer.status).toBe(status);
    expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Basic realm="ours"' : undefined);
  });

  test('knows at the next request who was added, changed and removed', async () => {
    write('alice');
    await using registry = await runRegistry({ access: new HtpasswdController({ realm: 'ours', path }) });
    const status = async (user: string, password?: string): Promise<number> =>
      (await registry.ask('GET', '/v2/', as(user, password))).status;
    expect([await status('alice'), await status('bob')]).toEqual([200, 401]);
    write('bob');
    expect([await status('alice'), await status('bob')]).toEqual([401, 200]);
    writeFileSync(path, `bob:${hashSync('another', 4)}\n`);
    expect([await status('bob'), await status('bob', 'another')]).toEqual([401, 200]);
    writeFileSync(path, 'no colon here\n');
    expect(await status('bob', 'another')).toBe(200);
  });

  test('takes no hashes but bcrypt', async () => {
    writeFileSync(path, 'alice:$apr1$x$y\nbob:{SHA}x\ncarol:plain\n');
    await using registry = await runRegistry({ access: new HtpasswdController({ realm: 'ours', path }) });
    expect((await registry.ask('GET', '/v2/', as('carol', 'plain'))).status).toBe(401);
  });

  test('does not start without its file', () => {
    expect(() => new HtpasswdController({ realm: 'ours', path: join(folder, 'none') })).toThrow(
      expect.objectContaining({ code: 'CREDENTIAL_FILE' }),
    );
  });
});

test('a registry in maintenance is read, and not written to', async () => {
  await using registry = await runRegistry({ isReadOnly: true, deleteEnabled: true });
  expect(await registry.ask('GET', '/v2/')).toMatchObject({ status: 200 });
  for (const [method, path] of [
    ['POST', '/v2/a/blobs/uploads/'],
    ['PUT', '/v2/a/manifests/latest'],
    ['DELETE', `/v2/a/manifests/${digest}`],
  ] as const) {
    expect(await registry.ask(method, path)).toMatchObject({ status: 405, code: 'UNSUPPORTED' });
  }
});

test.each([
  { urls: { prefix: '', isRelative: true }, location: /^\/v2\/a\/blobs\/uploads\// },
  { urls: { prefix: '/hub', isRelative: true }, location: /^\/hub\/v2\/a\/blobs\/uploads\// },
  { urls: { prefix: '', isRelative: false, base: 'https://r.example' }, location: /^https:\/\/r\.example\/v2\/a\// },
  { urls: { prefix: '/hub', isRelative: false }, location: /^http:\/\/127\.0\.0\.1:\d+\/hub\/v2\/a\// },
])('a registry told $urls gives its Location so', async ({ urls, location }) => {
  await using registry = await runRegistry({ urls });
  const answer = await registry.ask('POST', '/v2/a/blobs/uploads/');
  expect(answer.headers.location).toMatch(location);
});
