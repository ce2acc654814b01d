import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { digestHex, digestOf, parseDigest, parseRepositoryName, parseTag } from '../../src/core/index.ts';
import { readBody } from '../../src/http/index.ts';
import { drain, type RunningEngine, startEngine } from '../engine/running-engine.ts';
import { type Answer, type RecordedExchange, readWire, recordedHeader } from './recorded-wire.ts';

const RECORDED_MANIFEST = 'sha256:b351cc620547e39743bda780447222eba66d7cbfd398c28a274532161832c6bb';
const RECORDED_LAYERS = [
  '4b6e74b35bddf0c2f61ed4f85e80b1d381ed814396ccf97e0e0d73cbbc20e3f7',
  'eddd90e6ef067207bba69e9c550276c51ed945028cc1a50d91bfbfc3d5408502',
];
const page = readWire('01-page-tty.docker');

/** Sends a recorded request to our engine; digests of what we pack ourselves are put in place of the recorded ones. */
function replay(socketPath: string, { request: recorded }: RecordedExchange, names: Names): Promise<Answer> {
  const query = recorded.query === '' ? '' : `?${names.toOurs(recorded.query)}`;
  const options = { socketPath, method: recorded.method, path: names.toOurs(recorded.path) + query };
  return new Promise((resolve, reject) => {
    const sent = request(options, async (response) => {
      const body = await readBody(response, 1_000_000);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: body.toString('utf8') });
    });
    for (const [name, value] of recorded.headers)
      if (!/^(content-length|connection)$/i.test(name)) sent.setHeader(name, value);
    sent.on('error', reject).end();
  });
}

/** Recorded digests and ours: manifest and packed layers differ, since another gzip packed them. */
class Names {
  readonly #pairs: [recorded: string, ours: string][] = [];

  add(recorded: string, ours: string): void {
    this.#pairs.push([recorded, ours], [recorded.slice(0, 12), ours.slice(0, 12)]);
  }

  toOurs(text: string): string {
    return this.#pairs.reduce((so, [recorded, ours]) => so.replaceAll(recorded, ours), text);
  }
}

interface Line {
  readonly id?: string;
  readonly status?: string;
}

/** A stream without what depends on time and size: lines without id in order, and each layer's steps in order. */
function shapeOf(body: string) {
  const lines = body.split('\r\n').filter((line) => line !== '');
  const parsed = lines.map((line) => JSON.parse(line) as Line & { progressDetail?: object });
  const steps = new Map<string, string[]>();
  for (const { id, status = '', progressDetail } of parsed) {
    if (id === undefined || !progressDetail || status === 'Downloading') continue;
    const known = steps.get(id) ?? [];
    if (known.at(-1) !== status) known.push(status);
    steps.set(id, known);
  }
  const rest = lines.filter((_, i) => parsed[i]?.id === undefined || !parsed[i]?.progressDetail);
  return { rest, steps: Object.fromEntries([...steps].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

describe('the page, as docker 28.2.2 asked dockerd', () => {
  const outcomes: { exchange: RecordedExchange; answer: Answer; names: Names }[] = [];

  beforeAll(async () => {
    await using running = await startEngine();
    const names = new Names();
    await drain(running.engine.load(archiveChunks()));
    let pulls = 0;
    let isTampered = false;
    for (const exchange of page) {
      const isPull = exchange.request.path.endsWith('/images/create');
      if (isPull) pulls += 1;
      if (isPull && pulls === 2) isTampered = await tamper(running);
      else if (isPull && pulls === 3)
        continue; // the registry restarted: tested with the registry
      else if (isPull && pulls === 4 && isTampered) await restore(running);
      const { path } = running.address as { path: string };
      outcomes.push({ exchange, names, answer: await replay(path, exchange, names) });
      if (exchange.request.path.endsWith('/push')) await learn(running, names);
    }
  });

  test('every request is answered with the recorded status', () => {
    const statuses = outcomes.map(
      ({
        exchange: {
          request: { method, path },
        },
        answer,
      }) => `${method} ${path} ${answer.status}`,
    );
    expect(statuses).toEqual(
      outcomes.map(
        ({
          exchange: {
            request: { method, path },
            response,
          },
        }) => `${method} ${path} ${response.status}`,
      ),
    );
  });

  test.each(['content-type', 'docker-experimental', 'ostype', 'cache-control', 'pragma'])(
    'with the recorded %s',
    (name) => {
      for (const { exchange, answer } of outcomes) {
        const recorded = recordedHeader(exchange, name);
        if (recorded !== undefined) expect(answer.headers[name]).toBe(recorded);
      }
    },
  );

  test('lists and removals are the recorded ones, to the byte', () => {
    for (const { exchange, answer, names } of outcomes) {
      if (!/images\/(json|066f08fc7b25)$/.test(exchange.request.path)) continue;
      expect(answer.body).toBe(names.toOurs(String(exchange.response.body)));
    }
  });

  test('streams have the recorded lines, and each layer its steps in the recorded order', () => {
    const streams = outcomes.filter(({ exchange: { request } }) => /\/(create|push)$/.test(request.path));
    expect(streams.length).toBeGreaterThanOrEqual(5);
    for (const { exchange, answer, names } of streams) {
      expect(shapeOf(answer.body)).toEqual(shapeOf(names.toOurs(String(exchange.response.body))));
    }
  });
});

describe('refusals, as dockerd made them', () => {
  test.each(
    readWire('03-tags-digests.docker')
      .filter(({ response }) => (response.status ?? 0) >= 400)
      .map((exchange) => ({ exchange, what: `${exchange.request.method} ${exchange.request.path.slice(6, 80)}` })),
  )('$what', async ({ exchange }) => {
    await using running = await startEngine();
    const { path } = running.address as { path: string };
    const answer = await replay(path, exchange, new Names());
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: exchange.response.status,
      body: exchange.response.body,
    });
  });
});

test('an inspection at API 1.41 is the recorded one, but for the time of tagging', async () => {
  await using running = await startEngine();
  await drain(running.engine.load(archiveChunks()));
  const exchange = readWire('03-tags-digests.docker').find(
    ({ request: { path }, response }) => /images\/.*latest\/json$/.test(path) && response.status === 200,
  );
  if (!exchange) throw new Error('no inspection was recorded');
  const names = new Names();
  await running.engine.tag('docker/trusttest', 'sandboxregistry:5000/test/trusttest:latest');
  await drain(
    running.engine.push({
      domain: 'sandboxregistry:5000',
      repository: parseRepositoryName('test/trusttest'),
      tag: parseTag('latest'),
    }),
  );
  await running.engine.remove('docker/trusttest', false);
  await learn(running, names);
  const { path } = running.address as { path: string };
  const withoutTime = (body: string): string => body.replace(/"LastTagTime":"[^"]+"/, '"LastTagTime":""');
  const { body } = await replay(path, exchange, names);
  expect(withoutTime(body)).toBe(names.toOurs(withoutTime(String(exchange.response.body))));
});

/** What our packing made of the recorded manifest and layers. */
async function learn({ registry }: RunningEngine, names: Names): Promise<void> {
  const { digest, manifest } = await registry.manifests.get(parseRepositoryName('test/trusttest'), parseTag('latest'));
  names.add(RECORDED_MANIFEST, digest);
  names.add(digestHex(parseDigest(RECORDED_MANIFEST)), digestHex(digest));
  manifest.blobs.slice(1).forEach((layer, i) => {
    names.add(RECORDED_LAYERS[i] ?? '', digestHex(layer.digest));
  });
}

let untampered: { path: string; bytes: Buffer } | undefined;

/** The page's tampering, with the lowest layer. */
async function tamper({ registry, folder }: RunningEngine): Promise<true> {
  const { manifest } = await registry.manifests.get(parseRepositoryName('test/trusttest'), parseTag('latest'));
  const layer = manifest.blobs[1]?.digest ?? digestOf('');
  const hex = digestHex(layer);
  const path = join(folder, `registry/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`);
  untampered = { path, bytes: await readFile(path) };
  await writeFile(path, 'Malicious data\n');
  return true;
}

async function restore(_: RunningEngine): Promise<void> {
  if (untampered) await writeFile(untampered.path, untampered.bytes);
}

async function* archiveChunks(): AsyncGenerator<Buffer> {
  yield await readFile(join(import.meta.dirname, 'recordings/images/trusttest.tar'));
}
