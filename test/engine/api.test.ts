import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/index.ts';
import { openEngineClient, parseDockerHost } from '../../src/engine/client/index.ts';
import { readBody } from '../../src/http/index.ts';
import { makeImage, putImage } from './image-fixture.ts';
import { type RunningEngine, startEngine } from './running-engine.ts';

const R = 'sandboxregistry:5000/test/trusttest';
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');

async function* archive(): AsyncGenerator<Buffer> {
  yield await readFile(ARCHIVE);
}

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = [];
  for await (const item of items) gathered.push(item);
  return gathered;
}

function ask({ address }: RunningEngine, method: string, path: string, headers: Record<string, string> = {}) {
  const socketPath = address.kind === 'unix' ? address.path : '';
  return new Promise<{ status: number; body: string; headers: object }>((resolve, reject) => {
    request({ socketPath, method, path, headers }, async (response) => {
      const body = await readBody(response, 1_000_000);
      resolve({ status: response.statusCode ?? 0, body: body.toString(), headers: response.headers });
    })
      .on('error', reject)
      .end();
  });
}

test('an image goes in, out and away again through the client', async () => {
  await using running = await startEngine();
  const { client } = running;
  expect(await gather(client.loadImages(archive(), { quiet: true }))).toEqual([
    { stream: 'Loaded image: docker/trusttest:latest\n' },
  ]);
  await client.tagImage('docker/trusttest', R, 'latest');
  const pushed = await gather(client.pushImage({ repository: R, tag: 'latest' }));
  const digest = (pushed.at(-1)?.aux as JsonObject | undefined)?.Digest;
  expect(await client.removeImage('docker/trusttest', { force: false, prune: true })).toHaveLength(1);
  await client.removeImage(R, { force: false, prune: true });
  expect(await client.listImages()).toEqual([]);
  const pulled = await gather(client.pullImage({ repository: R, tag: String(digest) }));
  expect(pulled.at(-1)).toEqual({ status: `Status: Downloaded newer image for ${R}@${digest}` });
  expect(await client.listImages()).toMatchObject([{ RepoTags: [], RepoDigests: [`${R}@${digest}`] }]);
  expect(JSON.parse(await client.inspectImage(`${R}@${digest}`))).toMatchObject({
    Architecture: 'amd64',
    Size: 38_364,
  });
  expect(await client.historyOfImage(`${R}@${digest}`)).toMatchObject([
    { CreatedBy: 'layer 1' },
    { CreatedBy: 'layer 0' },
  ]);
  const saved = Buffer.concat(await gather(client.saveImages([`${R}@${digest}`])));
  expect(saved.includes('oci-layout')).toBe(true);
});

describe('versions', () => {
  test('the client speaks the newest that both know', async () => {
    await using running = await startEngine();
    expect((await running.client.connection.ping()).apiVersion).toBe('1.50');
    expect(await running.client.version()).toMatchObject({ Version: '1.2.3', ApiVersion: '1.51' });
  });

  test.each([
    ['/v1.99/version', 'client version 1.99 is too new. Maximum supported API version is 1.51'],
    [
      '/v1.11/version',
      'client version 1.11 is too old. Minimum supported API version is 1.12, please upgrade your client to a newer version',
    ],
    ['/v2.0/version', 'client version 2.0 is too new. Maximum supported API version is 1.51'],
  ])('%s is refused', async (path, message) => {
    await using running = await startEngine();
    expect(await ask(running, 'GET', path)).toMatchObject({ status: 400, body: `${JSON.stringify({ message })}\n` });
  });

  test('paths go with a version and without', async () => {
    await using running = await startEngine();
    for (const path of ['/version', '/v1.41/version']) {
      expect(await ask(running, 'GET', path)).toMatchObject({ status: 200, headers: { 'api-version': '1.51' } });
    }
  });

  test('older ones have the members that older clients read', async () => {
    await using running = await startEngine();
    await gather(running.client.loadImages(archive(), { quiet: true }));
    const [old, fresh] = await Promise.all(
      ['/v1.43', '/v1.44'].map((prefix) => ask(running, 'GET', `${prefix}/images/json`)),
    );
    expect(JSON.parse(old?.body ?? '')).toMatchObject([{ VirtualSize: 38_364, RepoDigests: null }]);
    expect(JSON.parse(fresh?.body ?? '')).toMatchObject([{ RepoDigests: [] }]);
    expect(fresh?.body).not.toContain('VirtualSize');
  });
});

describe("bad input is answered in docker's error shape, never with 500", () => {
  test.each([
    ['POST', '/images/create', 400],
    ['POST', '/images/create?fromImage=UPPER', 400],
    ['POST', '/images/create?fromImage=a&tag=b%2Fc', 400],
    ['POST', '/images/create?fromImage=a&tag=sha256:abc', 400],
    ['POST', '/images/create?fromImage=a&platform=%7Bx', 400],
    ['POST', '/images/create?fromSrc=-&changes=RUN%20a', 400],
    ['POST', '/images/create?fromSrc=-&repo=UPPER', 400],
    ['GET', '/events?since=2&until=1', 400],
    ['GET', '/events?since=yesterday', 400],
    ['GET', '/images/search', 400],
    ['GET', '/images/search?term=a&limit=1000', 400],
    ['GET', '/images/json?filters=%7B%22dangling%22:%5B%22perhaps%22%5D%7D', 400],
    ['GET', '/distribution/UPPER/json', 400],
    ['GET', '/containers/nosuch/json', 404],
    ['GET', '/containers/nosuch/logs', 404],
    ['GET', '/exec/nosuch/json', 404],
    ['POST', '/exec/nosuch/start', 404],
    ['GET', '/networks/nosuch', 404],
    ['GET', '/volumes/nosuch', 404],
    ['POST', '/images/..%2f..%2fetc%2fpasswd/push', 400],
    ['POST', '/images/a/tag?repo=a@sha256:0', 400],
    ['POST', '/images/a/tag?repo=b&tag=c', 404],
    ['GET', '/images/%FF/json', 400],
    ['GET', '/images/json?filters=%7B', 400],
    ['GET', '/images/json?filters=%7B%22nosuch%22:%5B%5D%7D', 400],
    ['GET', '/images/get?names=nosuch', 404],
    ['DELETE', '/images/nosuch', 404],
    ['POST', '/images/load', 400],
    ['POST', '/auth', 400],
    ['POST', '/containers/create', 501],
    ['POST', '/build', 501],
    ['GET', '/swarm', 501],
    ['GET', '/nosuch', 404],
    ['PUT', '/images/json', 404],
  ])('%s %s', async (method, path, status) => {
    await using running = await startEngine();
    const answer = await ask(running, method, path);
    expect({ status: answer.status, body: answer.body }).toEqual({
      status,
      body: expect.stringMatching(/^\{"message":"[^"\\]/),
    });
  });
});

test('a pull that fails before its first line is an error reply; later it is the last line', async () => {
  await using running = await startEngine();
  const refused = gather(running.client.pullImage({ repository: R, tag: 'nosuch' }));
  await expect(refused).rejects.toMatchObject({
    code: 'ENGINE_RESPONSE',
    status: 404,
    message: `Error response from daemon: manifest for ${R}:nosuch not found: manifest unknown: manifest unknown`,
  });
  const pushed = await gather(running.client.pushImage({ repository: R, tag: 'nosuch' }));
  const error = `An image does not exist locally with the tag: ${R}`;
  expect(pushed.at(-1)).toEqual({ errorDetail: { message: error }, error });
});

test('a client that goes away in the middle of a pull stops it, and nothing stays', async () => {
  await using running = await startEngine();
  await putImage(running.registry, 'test/trusttest', 'latest', await makeImage(['one', 'two']));
  const gone = new AbortController();
  const pull = gather(running.client.pullImage({ repository: R, tag: 'latest', signal: gone.signal }));
  gone.abort();
  await expect(pull).rejects.toThrow();
  await running.engine[Symbol.asyncDispose](); // waits for what is under way
  const images = await running.engine.list();
  expect(await running.storedFiles()).toHaveLength(images.length === 0 ? 0 : 7);
});

describe('DOCKER_HOST', () => {
  test.each([
    ['unix:///run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['tcp://127.0.0.1', { kind: 'tcp', host: '127.0.0.1', port: 2375 }],
    ['tcp://[::1]:99', { kind: 'tcp', host: '::1', port: 99 }],
    ['tcp://', { kind: 'tcp', host: 'localhost', port: 2375 }],
    ['engine:99/below/', { kind: 'tcp', host: 'engine', port: 99, basePath: '/below' }],
    [
      'ssh://me@engine:22/run/x.sock',
      {
        kind: 'ssh',
        host: 'engine',
        command: [
          ...['ssh', '-o', 'ConnectTimeout=30', '-l', 'me', '-p', '22', '-T', '--', 'engine'],
          ...['docker', '--host', 'unix:///run/x.sock', 'system', 'dial-stdio'],
        ],
      },
    ],
  ])('%s is read', (text, address) => {
    expect(parseDockerHost(text)).toEqual(address);
  });

  test.each([
    ['bogus://x', 'invalid bind address format: bogus://x'],
    ['tcp://x:abc', 'parse "tcp://x:abc": invalid port ":abc" after host'],
    ['ssh://me:secret@host', 'ssh host connection is not valid: invalid SSH URL: plain-text password is not supported'],
    [
      'ssh://-oProxyCommand=x',
      'ssh host connection is not valid: invalid SSH URL: host and user must not begin with a dash',
    ],
  ])('%s is refused', (text, message) => {
    expect(() => parseDockerHost(text)).toThrow(expect.objectContaining({ code: 'ENGINE_HOST_INVALID', message }));
  });

  test('of an Engine that is not there is said as docker says it', async () => {
    using client = openEngineClient({ kind: 'unix', path: '/nonexistent/docker.sock' });
    await expect(client.listImages()).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      message: 'Cannot connect to the Docker daemon at unix:///nonexistent/docker.sock. Is the docker daemon running?',
    });
  });
});
