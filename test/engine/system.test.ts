import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type JsonObject, parseImageReference } from '../../src/core/index.ts';
import { createApp, readBody } from '../../src/http/index.ts';
import { makeImage, makeTar, putImage } from './image-fixture.ts';
import { drain, type RunningEngine, startEngine } from './running-engine.ts';

const R = 'sandboxregistry:5000/test/trusttest';
const ref = parseImageReference;

interface Asked {
  readonly status: number;
  readonly text: string;
}

function ask({ address }: RunningEngine, method: string, path: string, body?: Buffer): Promise<Asked> {
  const socketPath = address.kind === 'unix' ? address.path : '';
  return new Promise((resolve, reject) => {
    request({ socketPath, method, path }, async (response) => {
      const text = (await readBody(response, 1_000_000)).toString();
      resolve({ status: response.statusCode ?? 0, text });
    })
      .on('error', reject)
      .end(body);
  });
}

async function askJson(running: RunningEngine, path: string, method = 'GET'): Promise<unknown> {
  const { status, text } = await ask(running, method, path);
  expect({ status, text }).toMatchObject({ status: 200 });
  return JSON.parse(text);
}

async function pulled(running: RunningEngine, tag: string, texts: readonly string[], created: string): Promise<void> {
  await putImage(running.registry, 'test/trusttest', tag, await makeImage(texts, { created, labels: { tag } }));
  expect((await drain(running.engine.pull(ref(`${R}:${tag}`)))).error).toBeUndefined();
}

const filters = (value: object): string => encodeURIComponent(JSON.stringify(value));

describe('events', () => {
  test('say what happened to images, in the members dockerd has', async () => {
    await using running = await startEngine();
    await pulled(running, 'one', ['a'], '2020-01-01T00:00:00Z');
    await running.engine.tag(`${R}:one`, 'mine:two');
    await running.engine.remove('mine:two', false);
    const past = await ask(running, 'GET', '/events?since=1&until=2');
    expect(past).toEqual({ status: 200, text: '' });
    const stop = new AbortController();
    const seen = [];
    for await (const event of running.engine.events.follow({ since: new Date(0), signal: stop.signal })) {
      seen.push(`${event.type} ${event.action} ${event.attributes.name?.slice(0, 7)}`);
      if (seen.length === 3) stop.abort();
    }
    expect(seen).toEqual(['image pull sandbox', 'image tag mine:tw', 'image untag sha256:']);
  });

  test('are streamed as they happen, filtered, until the client goes away', async () => {
    await using running = await startEngine();
    const { address } = running;
    const path = `/v1.51/events?filters=${filters({ type: ['image'], event: ['tag'] })}`;
    const socketPath = address.kind === 'unix' ? address.path : '';
    await pulled(running, 'one', ['a'], '2020-01-01T00:00:00Z');
    const line = await new Promise<string>((resolve, reject) => {
      const sent = request({ socketPath, path }, (response) => {
        response.once('data', (chunk: Buffer) => {
          resolve(chunk.toString());
          sent.destroy();
        });
        response.on('error', () => undefined);
        running.engine.tag(`${R}:one`, 'mine:two').catch(reject); // headers came before any event
      }).on('error', reject);
      sent.end();
    });
    expect(line).toMatch(
      /^\{"status":"tag","id":"sha256:[0-9a-f]{64}","Type":"image","Action":"tag","Actor":\{.*\},"scope":"local","time":\d+,"timeNano":\d{19}\}\n$/,
    );
    expect(JSON.parse(line)).toMatchObject({ Actor: { Attributes: { name: 'mine:two', tag: 'one' } } });
  });
});

describe('a list of images', () => {
  test.each([
    ['until', { until: ['2021-01-01'] }, ['old']],
    ['before', { before: [`${R}:new`] }, ['old']],
    ['since', { since: [`${R}:old`] }, ['new']],
    ['label', { label: ['tag=new'] }, ['new']],
    ['reference', { reference: ['*/test/*:o*'] }, ['old']],
    ['dangling', { dangling: ['true'] }, []],
    ['a map, as older clients write it', { label: { 'tag=old': true } }, ['old']],
  ])('is filtered by %s', async (_, wanted, tags) => {
    await using running = await startEngine();
    await pulled(running, 'old', ['a'], '2020-01-01T00:00:00Z');
    await pulled(running, 'new', ['a', 'b'], '2022-01-01T00:00:00Z');
    const listed = (await askJson(running, `/images/json?filters=${filters(wanted)}`)) as JsonObject[];
    expect(listed.flatMap(({ RepoTags }) => RepoTags)).toEqual(tags.map((tag) => `${R}:${tag}`));
  });

  test('tells shared sizes, containers and manifests where they are asked for', async () => {
    await using running = await startEngine();
    await pulled(running, 'old', ['a'], '2020-01-01T00:00:00Z');
    await pulled(running, 'new', ['a', 'bcd'], '2022-01-01T00:00:00Z');
    const query = 'shared-size=1&manifests=1';
    expect(await askJson(running, `/v1.51/images/json?${query}`)).toMatchObject([
      { SharedSize: 1, Size: 4, Containers: 0, Manifests: [{ Kind: 'image', Available: true }] },
      { SharedSize: 1, Size: 1, Containers: 0 },
    ]);
    const plain = (await askJson(running, '/v1.50/images/json')) as JsonObject[];
    expect(plain[0]).toMatchObject({ SharedSize: -1, Containers: -1 });
    expect(plain[0]).not.toHaveProperty('Manifests');
    expect(await askJson(running, '/system/df')).toMatchObject({ LayersSize: 4, BuildCache: [] });
  });
});

describe('prune', () => {
  test('removes images without a name only, unless told otherwise, and counts what went', async () => {
    await using running = await startEngine();
    await pulled(running, 'old', ['a'], '2020-01-01T00:00:00Z');
    await pulled(running, 'new', ['a', 'bcd'], '2022-01-01T00:00:00Z');
    expect(await askJson(running, '/images/prune', 'POST')).toEqual({ ImagesDeleted: null, SpaceReclaimed: 0 });
    const kept = { dangling: ['false'], 'label!': ['tag=old'] };
    expect(await askJson(running, `/images/prune?filters=${filters(kept)}`, 'POST')).toMatchObject({
      SpaceReclaimed: 3,
    });
    const all = { dangling: ['false'], until: ['2021-01-01'] };
    expect(await askJson(running, `/images/prune?filters=${filters(all)}`, 'POST')).toMatchObject({
      SpaceReclaimed: 1,
    });
    expect(await running.engine.list()).toEqual([]);
    expect(await running.storedFiles()).toEqual([]);
  });
});

describe('import', () => {
  test.each([
    ['plain', (tar: Buffer) => tar],
    ['packed', (tar: Buffer) => gzipSync(tar)],
  ])('makes an image of a %s file system, with changes', async (_, pack) => {
    await using running = await startEngine();
    const changes = ['CMD ["sh", "-c"]', 'ENV A="b c" D=e', 'EXPOSE 80', 'LABEL x=y', 'WORKDIR /w', 'USER me'];
    const query = new URLSearchParams([
      ['fromSrc', '-'],
      ['repo', 'mine'],
      ['message', 'by hand'],
      ...changes.map((change): [string, string] => ['changes', change]),
    ]);
    const { text } = await ask(running, 'POST', `/images/create?${query}`, pack(await makeTar({ a: 'hello' })));
    const { status: id } = JSON.parse(text) as { status: string };
    expect(text).toBe(`{"status":"${id}"}\r\n`);
    expect(await askJson(running, '/images/mine/json')).toMatchObject({
      Id: id,
      RepoTags: ['mine:latest'],
      Comment: 'by hand',
      Size: 5,
      Config: {
        Cmd: ['sh', '-c'],
        Env: ['A=b c', 'D=e'],
        ExposedPorts: { '80/tcp': {} },
        Labels: { x: 'y' },
        WorkingDir: '/w',
        User: 'me',
      },
    });
  });

  test('of what is no file system leaves nothing', async () => {
    await using running = await startEngine();
    const { status, text } = await ask(running, 'POST', '/images/create?fromSrc=-', Buffer.alloc(2048, 'x'));
    expect(status).toBe(400);
    expect(text).toMatch(/^\{"message":"/);
    expect(await running.storedFiles()).toEqual([]);
  });
});

describe('registries', () => {
  test('tell what a name means, without a pull', async () => {
    await using running = await startEngine();
    const image = await makeImage(['a']);
    await putImage(running.registry, 'test/trusttest', 'one', image);
    expect(await askJson(running, `/distribution/${R}:one/json`)).toEqual({
      Descriptor: {
        mediaType: image.mediaType,
        digest: expect.stringMatching(/^sha256:/),
        size: image.manifest.length,
      },
      Platforms: [{ architecture: 'amd64', os: 'linux' }],
    });
    expect(await running.storedFiles()).toEqual([]);
    expect((await ask(running, 'GET', `/distribution/${R}:nosuch/json`)).status).toBe(404);
  });

  test('are searched by their catalog where they have no index', async () => {
    await using running = await startEngine();
    for (const name of ['test/one', 'test/two', 'other'])
      await putImage(running.registry, name, 'x', await makeImage(['a']));
    expect(await askJson(running, '/images/search?term=sandboxregistry:5000/test&limit=1')).toEqual([
      {
        star_count: 0,
        is_official: false,
        name: 'sandboxregistry:5000/test/one',
        is_automated: false,
        description: '',
      },
    ]);
  });
});

describe('pulls at the same time', () => {
  test('of one image download each layer once', async () => {
    const asked: string[] = [];
    await using running = await startEngine({
      front: (registry) => {
        const app = createApp();
        app.all('*', (c) => {
          if (c.req.method === 'GET' && c.req.path.includes('/blobs/')) asked.push(c.req.path);
          return registry.fetch(c.req.raw, c.env);
        });
        return app;
      },
    });
    const image = await makeImage(['one', 'two', 'three']);
    await putImage(running.registry, 'test/trusttest', 'one', image);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => drain(running.engine.pull(ref(`${R}:one`)))));
    expect(outcomes.map(({ error }) => error)).toEqual(Array.from({ length: 10 }));
    expect(await running.engine.list()).toHaveLength(1);
    for (const { events } of outcomes) expect(events.at(-1)?.status).toMatch(/^Status: /);
    const layers = image.layers.map(({ descriptor }) => descriptor.digest);
    expect(asked.filter((path) => layers.some((digest) => path.endsWith(digest)))).toHaveLength(layers.length);
  });

  test('go on where the one that downloads is stopped', async () => {
    await using running = await startEngine();
    const noise = Array.from({ length: 3 }, (_, i) => String(i).repeat(500_000));
    await putImage(running.registry, 'test/trusttest', 'one', await makeImage(noise));
    const stop = new AbortController();
    const first = drain(running.engine.pull(ref(`${R}:one`), { signal: stop.signal }));
    const second = running.engine.pull(ref(`${R}:one`));
    const events = [];
    for await (const event of second) {
      events.push(event);
      if (event.status === 'Pulling fs layer') stop.abort();
    }
    await first;
    expect(events.at(-1)?.status).toMatch(/^Status: /);
    expect(await running.engine.list()).toHaveLength(1);
  });
});
