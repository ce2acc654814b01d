import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOf, parseRepositoryName, parseTag } from '../../core/index.ts';
import { readBody } from '../../http/index.ts';
import type { EndpointSettings } from './endpoint.ts';
import type { EventAction, RegistryEvent } from './event.ts';
import { type NotifierOptions, openNotifier } from './notifier.ts';

const DIGEST = digestOf('content');

function event(
  tag: string,
  action: EventAction = 'push',
  mediaType = 'application/vnd.oci.image.manifest.v1+json',
): RegistryEvent {
  return {
    action,
    repository: parseRepositoryName('test/app'),
    digest: DIGEST,
    mediaType,
    size: 7,
    tag: parseTag(tag),
    url: `http://registry:5000/v2/test/app/manifests/${DIGEST}`,
    references: [{ mediaType: 'a/b', digest: DIGEST, size: 1 }],
    request: { id: 'r1', addr: '127.0.0.1:4242', host: 'registry:5000', method: 'PUT', useragent: 'docker/28' },
    actor: 'alice',
  };
}

/** An endpoint that answers as told and keeps what it took. */
async function startReceiver(statuses: number[] = []) {
  const taken: { headers: NodeJS.Dict<string | string[]>; body: { events: Record<string, unknown>[] } }[] = [];
  let wake = (): void => undefined;
  const server = createServer(async (incoming, outgoing) => {
    const body = JSON.parse(String(await readBody(incoming, 1_000_000)));
    const status = statuses.shift() ?? 200;
    if (status === 200) taken.push({ headers: incoming.headers, body });
    outgoing.writeHead(status).end();
    wake();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    taken,
    tags: () => taken.flatMap(({ body }) => body.events.map(({ target }) => (target as { tag: string }).tag)),
    async until(isEnough: () => boolean) {
      while (!isEnough()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function endpoint(url: string, settings: Partial<EndpointSettings> = {}): EndpointSettings {
  return {
    name: 'hook',
    url,
    headers: { Authorization: 'Bearer secret' },
    timeoutMs: 5000,
    threshold: 3,
    backoffMs: 1000,
    ignoredMediaTypes: new Set(),
    ignoredActions: new Set(),
    ...settings,
  };
}

function open(endpoints: EndpointSettings[], options: Partial<NotifierOptions> = {}) {
  const clock = { now: () => new Date('2026-11-23T10:00:00Z') };
  return openNotifier({
    endpoints,
    queuePath: ':memory:',
    address: 'registry:5000',
    clock,
    newUuid: () => 'id',
    ...options,
  });
}

test("an event arrives in distribution's envelope, with the endpoint's headers", async () => {
  await using receiver = await startReceiver();
  await using notifier = await open([endpoint(receiver.url)]);
  notifier.notify(event('latest'));
  await receiver.until(() => receiver.taken.length > 0);
  const [{ headers, body } = { headers: {}, body: undefined }] = receiver.taken;
  expect(headers).toMatchObject({
    'content-type': 'application/vnd.docker.distribution.events.v1+json',
    authorization: 'Bearer secret',
  });
  expect(body).toEqual({
    events: [
      {
        id: 'id',
        timestamp: '2026-11-23T10:00:00.000Z',
        action: 'push',
        target: {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          size: 7,
          digest: DIGEST,
          length: 7,
          repository: 'test/app',
          url: `http://registry:5000/v2/test/app/manifests/${DIGEST}`,
          tag: 'latest',
        },
        request: { id: 'r1', addr: '127.0.0.1:4242', host: 'registry:5000', method: 'PUT', useragent: 'docker/28' },
        actor: { name: 'alice' },
        source: { addr: 'registry:5000', instanceID: 'id' },
      },
    ],
  });
});

test('what a manifest names is told where it is asked for', async () => {
  await using receiver = await startReceiver();
  await using notifier = await open([endpoint(receiver.url)], { includesReferences: true });
  notifier.notify(event('latest'));
  await receiver.until(() => receiver.taken.length > 0);
  expect(receiver.taken[0]?.body.events[0]).toMatchObject({ target: { references: [{ digest: DIGEST }] } });
});

test('events come in their order, none is lost to failures, and there is a pause after so many of them', async () => {
  await using receiver = await startReceiver([500, 503, 404, 500]);
  const waits: number[] = [];
  await using notifier = await open([endpoint(receiver.url)], { wait: async (ms) => void waits.push(ms) });
  for (const tag of ['a', 'b', 'c']) {
    notifier.notify(event(tag));
    await notifier.flush();
  }
  await receiver.until(() => receiver.tags().length === 3);
  expect(receiver.tags()).toEqual(['a', 'b', 'c']);
  expect(waits).toEqual([1000, 1000]); // after the third failure and after the fourth
});

test('an endpoint that is down does not hold up another', async () => {
  await using receiver = await startReceiver();
  const down = endpoint('http://127.0.0.1:1/', { name: 'down' });
  const wait = (_: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  await using notifier = await open([down, endpoint(receiver.url)], { wait });
  notifier.notify(event('a'));
  await receiver.until(() => receiver.tags().length === 1);
});

test('ignored actions and media types are not told', async () => {
  await using receiver = await startReceiver();
  const settings = {
    ignoredActions: new Set(['pull'] as const),
    ignoredMediaTypes: new Set(['application/octet-stream']),
  };
  await using notifier = await open([endpoint(receiver.url, settings)]);
  notifier.notify(event('a', 'pull'));
  notifier.notify(event('b', 'push', 'application/octet-stream'));
  notifier.notify(event('c'));
  await receiver.until(() => receiver.tags().length > 0);
  expect(receiver.tags()).toEqual(['c']);
});

test('what waits is told after a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'events-'));
  const queuePath = join(folder, 'queue.db');
  {
    const never = () => Promise.reject(new Error('down'));
    const wait = (_: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    await using notifier = await open([endpoint('http://127.0.0.1:1/')], { queuePath, send: never, wait });
    for (const tag of ['a', 'b']) notifier.notify(event(tag));
  }
  await using receiver = await startReceiver();
  await using _ = await open([endpoint(receiver.url)], { queuePath });
  await receiver.until(() => receiver.tags().length === 2);
  expect(receiver.tags()).toEqual(['a', 'b']);
  await rm(folder, { recursive: true });
});

test('a queue that is full drops what comes next, and says so', async () => {
  const dropped: unknown[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (_: string, fields?: object) => void dropped.push(fields) };
  const send = (_e: unknown, _b: string, signal: AbortSignal) =>
    new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  await using notifier = await open([endpoint('http://127.0.0.1:1/')], { maxWaiting: 2, log, send });
  for (const tag of ['a', 'b', 'c', 'd', 'e']) notifier.notify(event(tag));
  await notifier.flush();
  expect(dropped).toEqual([{ endpoint: 'hook', dropped: 3 }]);
});
