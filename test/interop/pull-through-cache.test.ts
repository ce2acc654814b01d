import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLog } from '../../src/core/index.ts';
import { readBody } from '../../src/http/index.ts';
import { openNotifier, Upstream } from '../../src/registry/index.ts';
import { startDockerRegistry } from './peers/docker-registry.ts';
import { startDockerd } from './peers/dockerd.ts';
import { startOurRegistry } from './peers/our-registry.ts';
import { createWorkspace } from './peers/workspace.ts';

const ORIGIN = { host: '127.71.5.1', port: 5000 };
const CACHE = { host: '127.71.5.2', port: 5000 };
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');

test('dockerd pulls by our cache what docker-registry has, also when that one is gone', async () => {
  await using workspace = await createWorkspace();
  const upstream = new Upstream({ baseUrl: `http://${ORIGIN.host}:${ORIGIN.port}`, userAgent: 'test' }, silentLog);
  await using _upstream = upstream;
  await using _cache = await startOurRegistry(workspace.at('cache'), CACHE, { upstream });
  const origin = `${ORIGIN.host}:${ORIGIN.port}`;
  await using dockerd = await startDockerd(workspace, {
    insecureRegistries: [origin],
    mirror: `http://${CACHE.host}:${CACHE.port}`,
  });
  const docker = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await dockerd.docker(args);
    expect(status, `docker ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  {
    await using _origin = await startDockerRegistry(workspace, workspace.at('origin'), ORIGIN);
    await docker('load', '-i', ARCHIVE);
    await docker('tag', 'docker/trusttest:latest', `${origin}/docker/trusttest:latest`);
    await docker('push', `${origin}/docker/trusttest:latest`);
    await docker('image', 'rm', '-f', 'docker/trusttest:latest', `${origin}/docker/trusttest:latest`);
    expect(await docker('pull', 'docker/trusttest')).toContain('Downloaded newer image');
  }
  await docker('image', 'rm', '-f', 'docker/trusttest:latest');
  expect(await docker('pull', 'docker/trusttest')).toContain('Downloaded newer image');
});

test('a push by dockerd arrives at a webhook as the events that docker-registry sends for it', async () => {
  const told: Record<string, { action: string; mediaType: string; tag: string | undefined }[]> = {};
  let wake = (): void => undefined;
  const server = createServer(async (incoming, outgoing) => {
    const { events } = JSON.parse(String(await readBody(incoming, 1_000_000)));
    for (const { action, target } of events) {
      const path = incoming.url ?? '';
      told[path] = [...(told[path] ?? []), { action, mediaType: target.mediaType, tag: target.tag }];
    }
    outgoing.end();
    wake();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.71.5.9', resolve));
  const { port } = server.address() as { port: number };
  const hook = `http://127.71.5.9:${port}`;
  await using workspace = await createWorkspace();
  await using notifier = await openNotifier({
    endpoints: [
      {
        name: 'ours',
        url: `${hook}/ours`,
        headers: {},
        timeoutMs: 5000,
        threshold: 5,
        backoffMs: 100,
        ignoredMediaTypes: new Set(),
        ignoredActions: new Set(),
      },
    ],
    queuePath: workspace.at('queue.db'),
    address: 'test',
  });
  await using _ours = await startOurRegistry(workspace.at('ours'), CACHE, {
    listen: (event) => notifier.notify(event),
  });
  await using _theirs = await startDockerRegistry(workspace, workspace.at('theirs'), ORIGIN, [
    `notifications: { endpoints: [{ name: theirs, url: '${hook}/theirs', timeout: 5s, threshold: 5, backoff: 100ms }] }`,
  ]);
  const registries = [ORIGIN, CACHE].map(({ host, port: at }) => `${host}:${at}`);
  await using dockerd = await startDockerd(workspace, { insecureRegistries: registries });
  await dockerd.docker(['load', '-i', ARCHIVE]);
  for (const registry of registries) {
    const name = `${registry}/test/app:v1`;
    await dockerd.docker(['tag', 'docker/trusttest:latest', name]);
    expect((await dockerd.docker(['push', name])).status).toBe(0);
  }
  const isPush = ({ action }: { action: string }): boolean => action === 'push';
  const isWhole = (path: string): boolean =>
    (told[path] ?? []).some(({ action, tag }) => action === 'push' && tag === 'v1');
  while (!isWhole('/ours') || !isWhole('/theirs')) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  const order = (events: (typeof told)[string] = []) =>
    events
      .filter(isPush)
      .map((event) => JSON.stringify(event))
      .sort();
  expect(order(told['/ours'])).toEqual(order(told['/theirs']));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
