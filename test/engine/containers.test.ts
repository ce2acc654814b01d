import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseImageReference } from '../../src/core/index.ts';
import { type Engine, openEngine, serveEngineApi } from '../../src/engine/index.ts';
import { type Listener, readBody } from '../../src/http/index.ts';
import { AT, hostOfOne, ID } from './host-of-one.ts';

let folder: string;
let engine: Engine;
let api: Listener;
let socketPath: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'containers-'));
  engine = await openEngine({ root: join(folder, 'store') });
  socketPath = join(folder, 'engine.sock');
  api = await serveEngineApi(
    engine,
    { kind: 'unix', path: socketPath },
    { host: hostOfOne(), clock: { now: () => AT } },
  );
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function ask(method: string, path: string, body?: unknown): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    request({ socketPath, method, path }, async (response) => {
      resolve({ status: response.statusCode ?? 0, bytes: await readBody(response, 1_000_000) });
    })
      .on('error', reject)
      .end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The same with bytes for a body, and the answer's headers. */
function askFully(
  method: string,
  path: string,
  body?: Buffer,
): Promise<{ status: number; headers: IncomingHttpHeaders; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    request({ socketPath, method, path }, async (response) => {
      const { statusCode: status = 0, headers } = response;
      resolve({ status, headers, bytes: await readBody(response, 1_000_000) });
    })
      .on('error', reject)
      .end(body);
  });
}

async function askJson(method: string, path: string, body?: unknown): Promise<unknown> {
  return JSON.parse((await ask(method, path, body)).bytes.toString());
}

/** A hijacked request: what came back, head and all, once both sides are done. `input` is sent with the request. */
async function hijack(path: string, body: object, input = ''): Promise<string> {
  const socket = connect({ path: socketPath, allowHalfOpen: true });
  const text = JSON.stringify(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: docker',
    'Connection: Upgrade',
    'Upgrade: tcp',
    `Content-Length: ${text.length}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}${input}`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

async function execId(body: object): Promise<string> {
  return ((await askJson('POST', '/containers/store/exec', body)) as { Id: string }).Id;
}

describe('containers', () => {
  test('are listed and inspected', async () => {
    expect(await askJson('GET', '/containers/json')).toMatchObject([
      {
        Id: ID,
        Names: ['/store'],
        Command: 'serve it',
        Status: 'Up Less than a second',
        Ports: [{ IP: '127.0.0.9', PrivatePort: 5000, PublicPort: 5000, Type: 'tcp' }],
        Mounts: [{ Type: 'volume', Name: 'data', Destination: '/data' }],
      },
    ]);
    for (const name of ['store', '%2Fstore', ID, ID.slice(0, 12)]) {
      expect(await askJson('GET', `/containers/${name}/json`)).toMatchObject({
        Id: ID,
        State: { Running: true, Pid: 7 },
      });
    }
    expect(await askJson('GET', '/networks/net')).toMatchObject({
      Containers: { [ID]: { IPv4Address: '127.0.0.9/8' } },
    });
    expect(await askJson('GET', '/volumes')).toMatchObject({ Volumes: [{ Name: 'data', Mountpoint: '/host' }] });
  });

  test.each([
    [{ name: ['sto'] }, 1],
    [{ label: ['role=storage'] }, 1],
    [{ label: ['role=other'] }, 0],
    [{ ancestor: ['docker.io/library/registry:2'] }, 1],
    [{ status: ['exited'] }, 0],
    [{ network: ['net'], volume: ['data'] }, 1],
  ])('are filtered by %j', async (filters, count) => {
    const query = encodeURIComponent(JSON.stringify(filters));
    expect(await askJson('GET', `/containers/json?filters=${query}`)).toHaveLength(count);
  });

  test('have logs in frames, with times where asked for', async () => {
    const { bytes } = await ask('GET', '/containers/store/logs?stdout=1&stderr=1');
    expect(bytes.toString('latin1')).toBe('\x01\0\0\0\0\0\0\x04one\n\x02\0\0\0\0\0\0\x04two\n');
    const dated = await ask('GET', '/containers/store/logs?stderr=1&timestamps=1&tail=1');
    expect(dated.bytes.subarray(8).toString()).toBe('2026-01-02T03:04:05.000000000Z two\n');
    expect((await ask('GET', '/containers/store/logs')).status).toBe(400);
  });

  test('show their processes', async () => {
    expect(await askJson('GET', '/containers/store/top')).toMatchObject({
      Processes: [['root', '7', '1', '0', '03:04', '?', '00:01:01', 'serve it']],
    });
  });

  test('are stopped, started and killed, which is told; whoever waits is answered', async () => {
    const waiting = askJson('POST', '/containers/store/wait?condition=next-exit');
    const stop = new AbortController();
    const events = engine.events.follow({ signal: stop.signal });
    expect((await ask('POST', '/containers/store/kill?signal=NOSUCH')).status).toBe(400);
    expect((await ask('POST', '/containers/store/kill?signal=HUP')).status).toBe(501);
    const statuses = [];
    for (const step of ['kill', 'stop', 'kill', 'start', 'start', 'restart']) {
      statuses.push((await ask('POST', `/containers/store/${step}`)).status);
    }
    expect(statuses).toEqual([204, 304, 409, 204, 304, 204]);
    expect(await waiting).toEqual({ StatusCode: 0 });
    const actions = [];
    for await (const { action } of events) {
      actions.push(action);
      if (actions.length === 7) stop.abort();
    }
    expect(actions).toEqual(['kill', 'die', 'stop', 'start', 'die', 'stop', 'start']);
  });

  test.each([
    ['POST', '/containers/create'],
    ['DELETE', '/containers/store'],
    ['POST', '/containers/store/pause'],
    ['GET', '/containers/store/changes'],
    ['POST', '/networks/create'],
    ['DELETE', '/volumes/data'],
  ])('%s %s answers with a sentence', async (method, path) => {
    const { status, bytes } = await ask(method, path);
    expect(status).toBe(501);
    expect(JSON.parse(bytes.toString())).toMatchObject({
      message: expect.stringContaining('not available in this engine'),
    });
  });
});

test.each([
  ['DELETE', '/containers/nosuch'],
  ['POST', '/containers/nosuch/rename?name=x'],
  ['GET', '/containers/nosuch/stats'],
  ['GET', '/containers/nosuch/archive?path=/x'],
])('%s %s says that there is no such container', async (method, path) => {
  expect(await askJson(method, path)).toEqual({ message: 'No such container: nosuch' });
});

test('what a container uses is told once', async () => {
  expect(await askJson('GET', '/containers/store/stats?stream=0&one-shot=1')).toMatchObject({
    name: '/store',
    id: ID,
    read: AT.toISOString(),
    preread: '0001-01-01T00:00:00Z',
    pids_stats: { current: 1 },
    cpu_stats: { online_cpus: expect.any(Number) },
    memory_stats: { usage: expect.any(Number) },
  });
});

test('files go out of a container and in as archives', async () => {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  await Promise.all([from, to].map((path) => mkdir(path)));
  await writeFile(join(from, 'file'), 'content', { mode: 0o640 });
  const archive = await askFully('GET', `/containers/store/archive?path=${from}/file`);
  const stat = JSON.parse(Buffer.from(String(archive.headers['x-docker-container-path-stat']), 'base64').toString());
  expect(stat).toMatchObject({ name: 'file', size: 7, mode: 0o640, linkTarget: '' });
  const head = await askFully('HEAD', `/containers/store/archive?path=${from}`);
  expect(Buffer.from(String(head.headers['x-docker-container-path-stat']), 'base64').toString()).toContain(
    `"mode":${2 ** 31 + 0o755}`,
  );
  expect((await askFully('PUT', `/containers/store/archive?path=${to}`, archive.bytes)).status).toBe(200);
  expect(await readFile(join(to, 'file'), 'utf8')).toBe('content');
});

test.each([
  ['GET', '/nosuch-file', '', 404, 'Could not find the file /nosuch-file in container store'],
  ['GET', '', '', 400, 'path cannot be empty'],
  ['PUT', '/nosuch-folder', '', 404, 'Could not find the file'],
  ['PUT', '/etc/hostname', '', 400, 'extraction point is not a directory'],
  ['PUT', '/tmp', 'no archive, and longer than nothing', 400, 'tar: '],
])('%s of %j as an archive, sending %j, is refused with %d', async (method, path, body, status, message) => {
  const refused = await askFully(method, `/containers/store/archive?path=${path}`, Buffer.from(body));
  expect(refused.status).toBe(status);
  expect(refused.bytes.toString()).toContain(message);
});

test('an image stays while a container is of it, unless by force, and then still while it runs', async () => {
  const layer = Buffer.alloc(1024);
  for await (const _ of engine.import({
    archive: (async function* () {
      yield layer;
    })(),
    reference: parseImageReference('registry:2'),
    changes: [],
    comment: '',
  })) {
    // its id
  }
  const id = (await engine.inspect('registry:2')).image.id.slice(7, 19);
  const container = ID.slice(0, 12);
  expect(await askJson('DELETE', '/images/registry:2')).toEqual({
    message: `conflict: unable to remove repository reference "registry:2" (must force) - container ${container} is using its referenced image ${id}`,
  });
  expect(await askJson('DELETE', `/images/${id}?force=1`)).toEqual({
    message: `conflict: unable to delete ${id} (cannot be forced) - image is being used by running container ${container}`,
  });
  expect(await askJson('DELETE', '/images/registry:2?force=1')).toEqual([{ Untagged: 'registry:2' }]);
  expect(await engine.list()).toHaveLength(1);
});

describe('exec', () => {
  test('says in a frame why a command was not run', async () => {
    const id = await execId({ Cmd: ['/nosuch-command'], AttachStdout: true });
    expect(await hijack(`/exec/${id}/start`, {})).toMatch(/\r\n\r\n\x02\0\0\0\0\0\0.spawn \/nosuch-command ENOENT\n$/);
  });

  test('streams both outputs in frames over a connection it takes over, and reads what the client sends', async () => {
    const id = await execId({ Cmd: ['sh', '-c', 'cat; exit 3'], AttachStdin: true, AttachStdout: true });
    const answer = await hijack(`/v1.51/exec/${id}/start`, { Detach: false }, 'hello');
    expect(answer).toBe(
      [
        'HTTP/1.1 101 UPGRADED',
        'Content-Type: application/vnd.docker.multiplexed-stream',
        'Connection: Upgrade',
        'Upgrade: tcp',
        '',
        '\x01\0\0\0\0\0\0\x05hello',
      ].join('\r\n'),
    );
    expect(await askJson('GET', `/exec/${id}/json`)).toMatchObject({ Running: false, ExitCode: 3, ContainerID: ID });
  });

  test('without an upgrade streams the output alone', async () => {
    const id = await execId({ Cmd: ['sh', '-c', 'echo out; echo err >&2'], AttachStdin: true, AttachStdout: true });
    const { bytes } = await ask('POST', `/exec/${id}/start`, { Detach: false });
    const text = bytes.toString('latin1');
    expect(text).toContain('\x01\0\0\0\0\0\0\x04out\n');
    expect(text).toContain('\x02\0\0\0\0\0\0\x04err\n');
  });

  test.each([
    ['no command', '/containers/store/exec', {}, 400],
    ['no container', '/containers/nosuch/exec', { Cmd: ['true'] }, 404],
    ['no such id', '/exec/nosuch/start', {}, 404],
    ['a body that is no JSON object', '/containers/store/exec', [], 400],
  ])('refuses %s', async (_, path, body, status) => {
    expect((await ask('POST', path, body)).status).toBe(status);
  });

  test('refuses a second start, over a connection to be taken over too', async () => {
    const id = await execId({ Cmd: ['true'] });
    expect((await ask('POST', `/exec/${id}/start`, { Detach: true })).status).toBe(200);
    const again = await hijack(`/exec/${id}/start`, {});
    expect(again).toMatch(/^HTTP\/1\.1 409 /);
    expect(again).toContain(`Error: Exec command ${id} has already run`);
    expect(await hijack('/exec/nosuch/start', {})).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('a request that offers an upgrade nobody wants is answered as any other', async () => {
    expect(await hijack('/session', {})).toMatch(/^HTTP\/1\.1 501 [\s\S]*building images: not available/);
  });
});
