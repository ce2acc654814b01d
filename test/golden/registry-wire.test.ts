import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Listener, listen } from '../../src/http/index.ts';
import { createRegistry } from '../../src/registry/index.ts';
import { openFilesystemDriver } from '../../src/storage/index.ts';
import { type Answer, comparable, type Exchange, headerOf, Replay, readExchanges } from './registry-replay.ts';

const folder = mkdtempSync(join(tmpdir(), 'registry-wire-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const loopback = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
const serve = (root: string): Promise<Listener> =>
  listen(createRegistry({ driver: openFilesystemDriver(root) }).app, loopback);
const portOf = ({ address }: Listener): number => (address.kind === 'tcp' ? address.port : 0);

/** The layer that the page tampers with. */
const TAMPERED = '4b6e74b35bddf0c2f61ed4f85e80b1d381ed814396ccf97e0e0d73cbbc20e3f7';

/** What happened to the registry between two exchanges, by the number of the next one. */
const INTERLUDES: Record<string, Record<number, 'tamper' | 'restart' | 'restore'>> = {
  '01-page-tty': { 28: 'tamper', 36: 'restart', 40: 'restore' },
  '02-page-notty': { 28: 'tamper', 36: 'restart', 40: 'restore' },
  '03-tags-digests': {},
};

describe.each(Object.entries(INTERLUDES))('%s, as dockerd asked it', (name, interludes) => {
  test('is answered as the real registry did', async () => {
    const root = join(folder, name);
    const exchanges = readExchanges(name);
    const servers = [await serve(root)];
    const replay = new Replay(portOf(servers[0] as Listener), exchanges);
    const hex = replay.ours(TAMPERED);
    const data = join(root, `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`);
    let genuine: Buffer = Buffer.alloc(0);
    for (const [i, exchange] of exchanges.entries()) {
      if (interludes[i] === 'tamper') {
        genuine = readFileSync(data);
        writeFileSync(data, 'Malicious data\n');
      }
      if (interludes[i] === 'restore') writeFileSync(data, genuine);
      if (interludes[i] === 'restart') servers.unshift(await serve(root));
      const answer = await replay.play(exchange, portOf(servers[0] as Listener));
      const asked = `${i} ${exchange.request.method} ${exchange.request.path}`;
      expect([asked, shown(answer, exchange)]).toEqual([asked, sortTags(replay.expected(exchange))]);
    }
    for (const server of servers) await server[Symbol.asyncDispose]();
  });
});

/**
 * Where we answer differently on purpose: docs/wire/registry.md gives the reasons. By number in the recording; every
 * other exchange must be equal, and none of these may be.
 */
const DEPARTURES: Record<number, { why: string; status: number; code?: string }> = {
  13: { why: "a malformed name is the protocol's NAME_INVALID", status: 400, code: 'NAME_INVALID' },
  17: { why: 'a malformed digest is no failure of the server', status: 400, code: 'DIGEST_INVALID' },
  22: { why: 'a well-formed upload that is not there is unknown', status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
  23: { why: 'a well-formed upload that is not there is unknown', status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
  24: { why: 'refusals are JSON throughout', status: 405, code: 'UNSUPPORTED' },
  41: { why: 'a chunk that begins elsewhere is out of order (end-5)', status: 416, code: 'RANGE_INVALID' },
  52: { why: 'POST with digest and body is an upload in one request (end-4b)', status: 201 },
  58: { why: 'no detail where there is none to give', status: 404, code: 'BLOB_UPLOAD_INVALID' },
  64: { why: 'an unsatisfiable range is answered, not cut off', status: 416, code: 'RANGE_INVALID' },
  77: { why: "a malformed tag is the protocol's TAG_INVALID", status: 400, code: 'TAG_INVALID' },
  78: { why: "a malformed tag is the protocol's TAG_INVALID", status: 400, code: 'TAG_INVALID' },
  79: { why: 'manifests are served as stored, never converted to schema 1', status: 200 },
  81: { why: 'manifests are served as stored, never converted to schema 1', status: 200 },
  89: { why: 'manifests are served as stored, whatever is accepted (end-3)', status: 200 },
  95: { why: 'tag lists come in pages (end-8b)', status: 200 },
  96: { why: 'tag lists come in pages (end-8b)', status: 200 },
  99: { why: 'there are referrers (end-12a)', status: 200 },
};

describe('50-registry-api', async () => {
  const exchanges = readExchanges('50-registry-api');
  const server = await serve(join(folder, '50'));
  afterAll(() => server[Symbol.asyncDispose]());
  const replay = new Replay(portOf(server), exchanges);
  const answers: Answer[] = [];
  for (const exchange of exchanges) answers.push(await replay.play(exchange));

  test.each(exchanges.map((exchange, i) => ({ i, asked: title(exchange), exchange })))(
    '$i $asked',
    ({ i, exchange }) => {
      const answer = answers[i] as Answer;
      const departure = DEPARTURES[i];
      const expected = sortTags(replay.expected(exchange));
      if (!departure) {
        expect(shown(answer, exchange)).toEqual(expected);
        return;
      }
      expect(shown(answer, exchange)).not.toEqual(expected);
      expect(answer.status).toBe(departure.status);
      if (departure.code) expect(JSON.parse(String(answer.body))).toMatchObject({ errors: [{ code: departure.code }] });
    },
  );
});

function title({ request }: Exchange): string {
  return `${request.method} ${request.path.replace(/([0-9a-f]{8})[0-9a-f]{56}/, '$1…')}`;
}

/** Of our answer, the headers that the real one had. */
function shown(answer: Answer, { response }: Exchange): Answer {
  const headers = comparable(answer.headers).filter(([name]) => headerOf(response.headers, name) !== undefined);
  return sortTags({ ...answer, headers });
}

/** The real registry lists tags in the order of the disk. */
function sortTags(answer: Answer): Answer {
  if (typeof answer.body !== 'string' || !answer.body.includes('"tags":[')) return answer;
  const list = JSON.parse(answer.body);
  return { ...answer, body: JSON.stringify({ ...list, tags: [...list.tags].sort() }) };
}

test('the tree on disk after the pushes has the shape that the real registry leaves', async () => {
  const root = join(folder, 'tree');
  await using server = await serve(root);
  const pushes = readExchanges('03-tags-digests').slice(0, 34);
  const replay = new Replay(portOf(server), pushes);
  for (const exchange of pushes) await replay.play(exchange);
  for (const exchange of pushes.slice(0, 17)) {
    const { request, response } = exchange;
    const signed = (text: string): string => text.replace('test/trusttest', 'test/signed');
    await replay.play({ request: { ...request, path: signed(request.path) }, response });
  }
  const recorded = readFileSync(join(import.meta.dirname, 'recordings/registry-tree.txt'), 'utf8');
  expect(listTree(root)).toEqual(shapeOf(replay.ours(recorded)));
});

const isShelf = (line: string): boolean => /sha256\/[0-9a-f]{2}$/.test(line);

/** Beside distribution's tree: drafts, locks, and what collectors and servers tell each other. */
const isOurs = (line: string): boolean => /^[df] \.\/(?:\.drafts|\.locks|trustsandbox)(?:\/|$)/.test(line);

/** Lines of the recorded tree: folders, and files with their sizes or, for links, what they hold. */
function shapeOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^[df] /.test(line) && !isShelf(line))
    .map((line) => line.replace(/, sha256 .*/, '').replace(/\/[0-9a-f]{2}\/([0-9a-f]{2})/, '/$1/$1'))
    .sort();
}

function listTree(root: string): string[] {
  const lines = readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const shown = `./${relative(root, path)}`;
    if (entry.isDirectory()) return `d ${shown}`;
    const content = readFileSync(path);
    return `f ${shown}  ${content.byteLength} bytes${entry.name === 'link' ? `: ${content}` : ''}`;
  });
  return ['d .', ...lines.filter((line) => !isShelf(line) && !isOurs(line))].sort();
}
