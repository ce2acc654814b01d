import { Hono } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import { digestOf, parseRepositoryName, parseTag } from '../../core/index.ts';
import { type Listener, listen, type NodeApp, type NodeEnv } from '../../http/index.ts';
import { openRegistryClient, type RegistryClient } from './client.ts';
import type { RegistryCredentials } from './endpoint.ts';

const name = parseRepositoryName('test/a');
const latest = parseTag('latest');
const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const it of opened.splice(0).reverse()) await it[Symbol.asyncDispose]();
});

async function serve(app: NodeApp): Promise<Listener> {
  const listener = await listen(app, { kind: 'tcp', host: '127.0.0.1', port: 0 });
  opened.push(listener);
  return listener;
}

async function open(baseUrl: string, credentials?: RegistryCredentials): Promise<RegistryClient> {
  const client = await openRegistryClient({ baseUrl, credentials, userAgent: 'test' });
  opened.push(client);
  return client;
}

function app(): NodeApp {
  return new Hono<NodeEnv>();
}

/** A registry behind a token service that takes one user. */
async function serveTokens(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const registry = app();
  const { url } = await serve(registry);
  const refusal = (scope: string) =>
    new Response(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }), {
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${url}/token",service="here",scope="${scope}"` },
    });
  registry.get('/token', (c) => {
    asked.push(c.req.query('scope') ?? '');
    const isUser = c.req.header('authorization') === `Basic ${Buffer.from('me:secret').toString('base64')}`;
    return isUser ? c.json({ token: `for ${c.req.query('scope')}` }) : c.text('no', 401);
  });
  registry.all('*', (c) => {
    const scope = `repository:test/a:${c.req.method === 'GET' ? 'pull' : 'pull,push'}`;
    if (c.req.header('authorization') !== `Bearer for ${scope}`) return refusal(scope);
    return c.body('{}', 200, { 'content-type': 'application/json' });
  });
  return { url, asked };
}

describe('a registry that asks for a token', () => {
  test('is given one, fetched once for each scope', async () => {
    const { url, asked } = await serveTokens();
    const client = await open(url, { kind: 'password', username: 'me', password: 'secret' });
    await client.getManifest(name, latest);
    await client.getManifest(name, latest);
    expect(asked).toEqual(['repository:test/a:pull']);
  });

  test('and does not take the credentials says unauthorized', async () => {
    const { url } = await serveTokens();
    const client = await open(url, { kind: 'password', username: 'me', password: 'wrong' });
    await expect(client.getManifest(name, latest)).rejects.toMatchObject({
      code: 'REGISTRY_TOKEN',
      status: 401,
      message: 'unauthorized: incorrect username or password',
    });
  });

  test('by a realm that is no web address is not answered', async () => {
    const registry = app().all('*', (c) =>
      c.body(null, 401, { 'www-authenticate': 'Bearer realm="file:///etc/passwd"' }),
    );
    const client = await open((await serve(registry)).url);
    await expect(client.getManifest(name, latest)).rejects.toMatchObject({ code: 'REGISTRY_PROTOCOL' });
  });
});

test('of requests that a registry asks for a password at once, each is sent again with it', async () => {
  const registry = await serve(
    app().all('*', (c) => {
      if (!c.req.header('authorization')) return c.body(null, 401, { 'www-authenticate': 'Basic realm="x"' });
      return c.body(null, 200, { 'content-length': '4' });
    }),
  );
  const client = await open(registry.url, { kind: 'password', username: 'me', password: 'secret' });
  const sizes = ['a', 'b', 'c'].map((text) => client.statBlob(name, digestOf(text)));
  expect(await Promise.all(sizes)).toEqual([4, 4, 4]);
});

test('credentials do not follow a redirect to another host', async () => {
  const seen: (string | undefined)[] = [];
  const elsewhere = await serve(
    app().all('*', (c) => {
      seen.push(c.req.header('authorization'));
      return c.text('blob');
    }),
  );
  const registry = await serve(
    app().all('*', (c) => {
      if (!c.req.header('authorization')) return c.body(null, 401, { 'www-authenticate': 'Basic realm="x"' });
      return c.redirect(`${elsewhere.url}/blob`, 307);
    }),
  );
  const client = await open(registry.url, { kind: 'password', username: 'me', password: 'secret' });
  const { body } = await client.getBlob(name, digestOf('blob'));
  for await (const chunk of body) expect(Buffer.from(chunk).toString()).toBe('blob');
  expect(seen).toEqual([undefined]);
});

describe("what goes wrong is said in docker's words", () => {
  test.each([
    {
      what: 'a refusal with its own code',
      reply: () =>
        Response.json({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }, { status: 404 }),
      error: { code: 'REGISTRY_REFUSED', reason: 'MANIFEST_UNKNOWN', message: 'manifest unknown: manifest unknown' },
    },
    {
      what: 'a server error, whatever its body',
      reply: () => Response.json({ errors: [{ code: 'UNKNOWN', message: 'x' }] }, { status: 500 }),
      error: { code: 'REGISTRY_STATUS', message: 'received unexpected HTTP status: 500 Internal Server Error' },
    },
    {
      what: 'a refusal without a body',
      reply: () => new Response(null, { status: 403 }),
      error: { code: 'REGISTRY_STATUS', message: 'received unexpected HTTP status: 403 Forbidden' },
    },
    {
      what: 'a manifest over its limit',
      reply: () => new Response(Buffer.alloc(5 * 1024 * 1024)),
      error: { code: 'REGISTRY_PROTOCOL' },
    },
  ])('$what', async ({ reply, error }) => {
    const client = await open((await serve(app().all('*', reply))).url);
    await expect(client.getManifest(name, latest)).rejects.toMatchObject(error);
  });

  test('nobody listening', async () => {
    const listener = await listen(app(), { kind: 'tcp', host: '127.0.0.1', port: 0 });
    await listener[Symbol.asyncDispose]();
    const client = await open(listener.url);
    await expect(client.ping()).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: `Get "${listener.url}/v2/": dial tcp ${listener.url.slice(7)}: connect: connection refused`,
    });
  });

  test('plain text where TLS was expected', async () => {
    const { url } = await serve(app());
    const client = await open(url.replace('http:', 'https:'));
    await expect(client.ping()).rejects.toThrow(/http: server gave HTTP response to HTTPS client$/);
  });
});

test('tags are listed page by page', async () => {
  const registry = app().get('/v2/test/a/tags/list', (c) =>
    c.req.query('last')
      ? c.json({ name, tags: ['c'] })
      : c.json({ name, tags: ['a', 'no tag!', 'b'] }, 200, { link: '</v2/test/a/tags/list?last=b&n=2>; rel="next"' }),
  );
  const client = await open((await serve(registry)).url);
  const tags: string[] = [];
  for await (const tag of client.listTags(name)) tags.push(tag);
  expect(tags).toEqual(['a', 'b', 'c']);
});

test('an upload that the registry refuses is cancelled', async () => {
  const seen: string[] = [];
  const registry = app().all('*', (c) => {
    seen.push(c.req.method);
    if (c.req.method === 'PUT') return c.json({ errors: [{ code: 'DIGEST_INVALID', message: 'wrong' }] }, 400);
    return c.body(null, 202, { location: '/v2/test/a/blobs/uploads/1?_state=x' });
  });
  const client = await open((await serve(registry)).url);
  const body = (async function* () {
    yield Buffer.from('bytes');
  })();
  await expect(client.pushBlob(name, body, () => digestOf('other'))).rejects.toMatchObject({
    reason: 'DIGEST_INVALID',
  });
  expect(seen).toEqual(['POST', 'PATCH', 'PUT', 'DELETE']);
});
