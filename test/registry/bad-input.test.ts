import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { isDigest } from '../../src/core/index.ts';
import { runRegistry } from './running-registry.ts';

const hex = 'ab'.repeat(32);
const uuid = '00000000-0000-4000-8000-000000000000';

describe('bad input', async () => {
  const registry = await runRegistry({ deleteEnabled: true });
  afterAll(() => registry[Symbol.asyncDispose]());
  const { ask, raw } = registry;

  const badNames = ['UPPER', 'a//b', '_a', 'a_', 'a..b', 'a/-b', 'a%2F%2e%2e%2Fetc', 'a%00b', 'ü', 'x'.repeat(256)];
  const routes = [
    ['GET', `/v2/NAME/tags/list`],
    ['GET', `/v2/NAME/manifests/latest`],
    ['PUT', `/v2/NAME/manifests/latest`],
    ['DELETE', `/v2/NAME/manifests/latest`],
    ['GET', `/v2/NAME/blobs/sha256:${hex}`],
    ['DELETE', `/v2/NAME/blobs/sha256:${hex}`],
    ['POST', `/v2/NAME/blobs/uploads/`],
    ['GET', `/v2/NAME/blobs/uploads/${uuid}`],
    ['PATCH', `/v2/NAME/blobs/uploads/${uuid}`],
    ['PUT', `/v2/NAME/blobs/uploads/${uuid}`],
    ['DELETE', `/v2/NAME/blobs/uploads/${uuid}`],
    ['GET', `/v2/NAME/referrers/sha256:${hex}`],
  ] as const;

  test.each(routes)('%s %s is NAME_INVALID for every malformed name', async (method, path) => {
    for (const name of badNames) {
      const answer = await ask(method, path.replace('NAME', encodeURI(decodeURI(name))));
      expect([name, answer.status, answer.code]).toEqual([name, 400, 'NAME_INVALID']);
    }
  });

  const badDigests = [
    'sha256:',
    'sha256:abc',
    `sha256:${hex.toUpperCase()}`,
    `sha512:${hex}`,
    `md5:${hex}`,
    'x:..%2f..',
  ];
  test.each([
    ['GET', 'blobs'],
    ['HEAD', 'blobs'],
    ['DELETE', 'blobs'],
    ['GET', 'manifests'],
    ['PUT', 'manifests'],
    ['DELETE', 'manifests'],
    ['GET', 'referrers'],
  ])('%s %s by a malformed digest is DIGEST_INVALID', async (method, kind) => {
    for (const digest of badDigests) {
      const { status, code } = await ask(method, `/v2/test/api/${kind}/${digest}`);
      expect([digest, status, code]).toEqual([digest, 400, method === 'HEAD' ? undefined : 'DIGEST_INVALID']);
    }
  });

  test('no text that is not a digest is ever a failure of the server', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 80 }).filter((it) => it.isWellFormed() && !isDigest(it));
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom('blobs', 'manifests', 'referrers', 'blobs/uploads'), async (it, kind) => {
        const { status } = await ask('GET', `/v2/test/api/${kind}/${encodeURIComponent(it)}`);
        expect([400, 404, 405]).toContain(status);
      }),
    );
  });

  test('no header value makes the server fail', async () => {
    const value = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
    const name = fc.constantFrom(
      'range',
      'if-range',
      'if-none-match',
      'content-range',
      'accept',
      'content-type',
      'host',
    );
    const { body } = await ask('POST', '/v2/test/api/blobs/uploads/');
    expect(String(body)).toBe('');
    await fc.assert(
      fc.asyncProperty(name, value, fc.constantFrom('GET', 'PUT', 'PATCH', 'POST'), async (header, text, method) => {
        const path = method === 'GET' ? `/v2/test/api/blobs/sha256:${hex}` : '/v2/test/api/blobs/uploads/';
        const { status } = await ask(method, path, { headers: { [header]: text } });
        expect(status).toBeLessThan(500);
      }),
    );
  });

  test.each([
    { method: 'PUT', path: `/v2/test/api/blobs/sha256:${hex}`, allow: 'DELETE, GET, HEAD' },
    { method: 'DELETE', path: '/v2/test/api/tags/list', allow: 'GET, HEAD' },
    { method: 'GET', path: '/v2/test/api/blobs/uploads/', allow: 'POST' },
    { method: 'POST', path: '/v2/_catalog', allow: 'GET, HEAD' },
  ])('$method $path is not allowed, and $allow are', async ({ method, path, allow }) => {
    expect(await ask(method, path)).toMatchObject({ status: 405, code: 'UNSUPPORTED', headers: { allow } });
  });

  test.each(['nosuch', 'XYZ', `${uuid}0`, '..%2f..%2fetc', uuid.toUpperCase().replace('0', 'F')])(
    'the upload %s is refused by every method',
    async (upload) => {
      for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
        const { status, code } = await ask(method, `/v2/test/api/blobs/uploads/${upload}`);
        expect([method, status, code]).toEqual([method, 404, 'BLOB_UPLOAD_INVALID']);
      }
    },
  );

  test('a body cut short leaves nothing, and the server goes on', async () => {
    await raw(`PUT /v2/test/api/manifests/cut HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"schemaVersion`);
    await raw(`POST /v2/cut/blobs/uploads/?digest=sha256:${hex} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab`);
    await raw(`PATCH /v2/cut/blobs/uploads/${uuid} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab`);
    expect(await ask('GET', '/v2/_catalog')).toMatchObject({ body: Buffer.from('{"repositories":[]}\n') });
  });

  test('a Host that is none is not repeated in a Location', async () => {
    const answer = await raw('POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: a"b\r\nConnection: close\r\n\r\n');
    expect(answer).not.toContain('a"b');
    expect(answer).not.toMatch(/^HTTP\/1.1 5/);
  });
});
