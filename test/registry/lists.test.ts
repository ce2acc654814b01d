import { describe, expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../src/core/index.ts';
import { createMemoryDriver, parseStorageKey } from '../../src/storage/index.ts';
import { imageManifest, type RunningRegistry, runRegistry } from './running-registry.ts';

const oci = { 'content-type': MEDIA_TYPES.ociManifest };

async function push({ ask, pushBlob }: RunningRegistry, name: string, tags: readonly string[], more: object = {}) {
  const config = await pushBlob(name, Buffer.from('{}'));
  const body = imageManifest(config, [], more);
  const references = tags.length > 0 ? tags : [digestOf(body)];
  let answer = await ask('GET', '/v2/');
  for (const reference of references)
    answer = await ask('PUT', `/v2/${name}/manifests/${reference}`, { body, headers: oci });
  return { digest: digestOf(body), size: body.length, answer };
}

describe('the list of tags', () => {
  test.each([
    { query: '', tags: ['B', 'a', 'b', 'latest', 'v1.0'] },
    { query: '?n=2', tags: ['B', 'a'], link: '</v2/test/api/tags/list?last=a&n=2>; rel="next"' },
    { query: '?n=2&last=a', tags: ['b', 'latest'], link: '</v2/test/api/tags/list?last=latest&n=2>; rel="next"' },
    { query: '?n=2&last=latest', tags: ['v1.0'] },
    { query: '?last=aa', tags: ['b', 'latest', 'v1.0'] },
    { query: '?n=5', tags: ['B', 'a', 'b', 'latest', 'v1.0'] },
    { query: '?n=0', tags: [] },
    { query: '?last=zzz', tags: [] },
  ])('asked $query has $tags', async ({ query, tags, link }) => {
    await using registry = await runRegistry();
    await push(registry, 'test/api', ['v1.0', 'latest', 'b', 'a', 'B']);
    const answer = await registry.ask('GET', `/v2/test/api/tags/list${query}`);
    expect(JSON.parse(String(answer.body))).toEqual({ name: 'test/api', tags });
    expect(answer.headers.link).toBe(link);
  });

  test.each(['abc', '-1', '1.5', '99999999999999999999'])('is refused for n=%s', async (n) => {
    await using registry = await runRegistry();
    const answer = await registry.ask('GET', `/v2/test/api/tags/list?n=${n}`);
    expect(answer).toMatchObject({ status: 400, code: 'PAGINATION_NUMBER_INVALID' });
  });

  test('of a repository nobody pushed to is unknown', async () => {
    await using registry = await runRegistry();
    expect(await registry.ask('GET', '/v2/test/api/tags/list')).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
  });
});

test('the catalog lists repositories in order, nested ones too, in pages', async () => {
  await using registry = await runRegistry();
  for (const name of ['b', 'a/c', 'a', 'a/b/c/d', 'a-b']) await push(registry, name, ['latest']);
  await registry.ask('POST', '/v2/unfinished/blobs/uploads/');
  const catalog = async (query: string) => {
    const { body, headers } = await registry.ask('GET', `/v2/_catalog${query}`);
    return [JSON.parse(String(body)).repositories, headers.link];
  };
  expect(await catalog('')).toEqual([['a', 'a-b', 'a/b/c/d', 'a/c', 'b'], undefined]);
  expect(await catalog('?n=3')).toEqual([['a', 'a-b', 'a/b/c/d'], '</v2/_catalog?last=a%2Fb%2Fc%2Fd&n=3>; rel="next"']);
  expect(await catalog('?n=3&last=a%2Fb%2Fc%2Fd')).toEqual([['a/c', 'b'], undefined]);
});

test('a repository may be called like a part of the API', async () => {
  await using registry = await runRegistry();
  for (const name of ['a/manifests/tags/list', 'tags/list', 'blobs/uploads', 'manifests']) {
    const { digest } = await push(registry, name, ['latest']);
    const got = await registry.ask('GET', `/v2/${name}/manifests/latest`);
    expect([name, got.headers['docker-content-digest']]).toEqual([name, digest]);
    expect(JSON.parse(String((await registry.ask('GET', `/v2/${name}/tags/list`)).body))).toEqual({
      name,
      tags: ['latest'],
    });
  }
});

describe('referrers', () => {
  const subjectOf = (digest: string) => ({ subject: { mediaType: MEDIA_TYPES.ociManifest, size: 5, digest } });
  const list = async (registry: RunningRegistry, path: string) =>
    JSON.parse(String((await registry.ask('GET', path)).body));

  test('are the manifests whose subject it is, by artifact type when asked', async () => {
    await using registry = await runRegistry({ deleteEnabled: true });
    const { digest } = await push(registry, 'test/api', ['latest']);
    const path = `/v2/test/api/referrers/${digest}`;
    expect((await list(registry, path)).manifests).toEqual([]);
    const annotations = { by: 'alice' };
    const first = await push(registry, 'test/api', [], { ...subjectOf(digest), artifactType: 'a/sbom', annotations });
    const second = await push(registry, 'test/api', ['sig'], subjectOf(digest));
    expect(first.answer).toMatchObject({ status: 201, headers: { 'oci-subject': digest } });
    const entries = [
      { ...entryOf(first), artifactType: 'a/sbom', annotations },
      { ...entryOf(second), artifactType: MEDIA_TYPES.ociConfig },
    ];
    const all = await list(registry, path);
    expect(all).toMatchObject({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex });
    expect(new Set(all.manifests)).toEqual(new Set(entries));
    const filtered = await registry.ask('GET', `${path}?artifactType=a/sbom`);
    expect(filtered.headers).toMatchObject({
      'content-type': MEDIA_TYPES.ociIndex,
      'oci-filters-applied': 'artifactType',
    });
    expect(JSON.parse(String(filtered.body)).manifests).toEqual([entries[0]]);
    await registry.ask('DELETE', `/v2/test/api/manifests/${first.digest}`);
    expect((await list(registry, path)).manifests).toEqual([entries[1]]);
  });

  test('of a subject that is not there may be there', async () => {
    await using registry = await runRegistry();
    const missing = digestOf('not pushed yet');
    const { digest } = await push(registry, 'test/api', [], subjectOf(missing));
    expect((await list(registry, `/v2/test/api/referrers/${missing}`)).manifests).toMatchObject([{ digest }]);
  });

  test('include those that clients listed under a tag before there was a list', async () => {
    const driver = createMemoryDriver();
    await using registry = await runRegistry({ driver });
    const { digest } = await push(registry, 'test/api', ['latest']);
    const signature = await push(registry, 'test/api', [], subjectOf(digest));
    const stranger = await push(registry, 'test/api', [], subjectOf(digestOf('another subject')));
    await driver.delete(parseStorageKey('docker/registry/v2/repositories/test/api/_referrers'));
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociIndex,
      manifests: [signature, stranger].map(entryOf),
    });
    const headers = { 'content-type': MEDIA_TYPES.ociIndex };
    const path = `/v2/test/api/manifests/${digest.replace(':', '-')}`;
    expect((await registry.ask('PUT', path, { body, headers })).status).toBe(201);
    const expected = [{ ...entryOf(signature), artifactType: MEDIA_TYPES.ociConfig }];
    expect((await list(registry, `/v2/test/api/referrers/${digest}`)).manifests).toEqual(expected);
  });

  test('of a malformed digest are refused', async () => {
    await using registry = await runRegistry();
    expect(await registry.ask('GET', '/v2/test/api/referrers/sha256:1')).toMatchObject({
      status: 400,
      code: 'DIGEST_INVALID',
    });
  });

  const entryOf = ({ digest, size }: { digest: string; size: number }) => ({
    mediaType: MEDIA_TYPES.ociManifest,
    digest,
    size,
  });
});

describe('a registry with limits', () => {
  test.each([
    { query: '', status: 200, repositories: ['a', 'b'], link: '</v2/_catalog?last=b&n=2>; rel="next"' },
    { query: '?n=1', status: 200, repositories: ['a'], link: '</v2/_catalog?last=a&n=1>; rel="next"' },
    { query: '?n=0', status: 200, repositories: [] },
    { query: '?n=abc', status: 200, repositories: ['a', 'b'], link: '</v2/_catalog?last=b&n=2>; rel="next"' },
    { query: '?n=2&last=b', status: 200, repositories: ['c'] },
    { query: '?n=3', status: 400 },
  ])('answers a catalog asked $query as docker-registry does', async ({ query, status, repositories, link }) => {
    await using registry = await runRegistry({ limits: { catalog: 2, tags: undefined } });
    for (const name of ['a', 'b', 'c']) await push(registry, name, ['latest']);
    const answer = await registry.ask('GET', `/v2/_catalog${query}`);
    expect([answer.status, answer.headers.link]).toEqual([status, link]);
    expect(JSON.parse(String(answer.body)).repositories).toEqual(repositories);
  });

  test.each([
    { query: '', tags: ['a', 'b'] },
    { query: '?n=9&last=a', tags: ['b', 'c'] },
    { query: '?n=1', tags: ['a'] },
  ])('gives no more tags at once than it may, asked $query', async ({ query, tags }) => {
    await using registry = await runRegistry({ limits: { catalog: 1000, tags: 2 } });
    await push(registry, 'test', ['a', 'b', 'c']);
    const answer = await registry.ask('GET', `/v2/test/tags/list${query}`);
    expect(JSON.parse(String(answer.body)).tags).toEqual(tags);
  });
});
