import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/core/index.ts';
import { listen } from '../../src/http/index.ts';
import {
  createNotaryServer,
  type NotaryDatabase,
  openNotaryDatabase,
  type ServerKeys,
} from '../../src/notary/index.ts';
import { type Gun, type Keyid, type PublicKey, parsePublicKey, publicKeyOf, type Signer } from '../../src/tuf/index.ts';
import { newPrivateKey } from '../tuf-repository.ts';
import { RECORDINGS } from './recorded-metadata.ts';
import { type Answer, type RecordedExchange, readWire, recordedDate, recordedHeader, replay } from './recorded-wire.ts';

/**
 * The keys of the recorded server, as far as they are known: it hands out the public keys that were recorded, and signs as
 * any of them, with made-up signatures, for the private keys never left that server. The uploads it is sent are the
 * recorded ones, signed by the recorded clients: those it verifies for real.
 */
class RecordedKeys implements ServerKeys {
  readonly #given: PublicKey[];
  readonly #known: Set<string>;

  constructor(exchanges: readonly RecordedExchange[]) {
    const given = exchanges.filter(({ request, response }) => request.path.endsWith('.key') && response.status === 200);
    this.#given = given.map(({ response }) => parsePublicKey(parseJson(String(response.body))));
    const seen = exchanges.flatMap(({ response }) => serverSignatures(response.body));
    this.#known = new Set([...this.#given.map(({ keyid }) => keyid), ...seen]);
  }

  /** The key that the next recorded answer shows. */
  async createKey(): Promise<PublicKey> {
    return this.#given[0] ?? publicKeyOf(newPrivateKey());
  }

  async findLatestKey(): Promise<undefined> {
    return undefined;
  }

  async findSigner(_gun: Gun, _role: string, keyid: string): Promise<Signer | undefined> {
    if (!this.#known.has(keyid)) return undefined;
    const signature = { keyid, method: 'eddsa', sig: Buffer.alloc(64) };
    return { key: { keyid: keyid as Keyid } as PublicKey, sign: async () => signature };
  }

  answered(): void {
    this.#given.shift();
  }
}

/** Ids of keys that the recorded server signed with: no client has Ed25519 keys. */
function serverSignatures(body: RecordedExchange['response']['body']): string[] {
  if (typeof body !== 'string' || !body.startsWith('{"signed":')) return [];
  const signatures: { keyid: string; method: string }[] = JSON.parse(body).signatures;
  return signatures.filter(({ method }) => method === 'eddsa').map(({ keyid }) => keyid);
}

/** Differences that a recording cannot decide: what the server signs at its own time with its own keys. */
function withoutSignedAtOwnTime(text: string): string {
  return text
    .replace(/"(expires|CreatedAt)":"[^"]*"/g, '"$1":"…"')
    .replace(/"(sha256|sha512|sig)":"[A-Za-z0-9+/]*=*"/g, '"$1":"…"')
    .replace(/"SHA256":"[0-9a-f]{64}"/g, '"SHA256":"…"')
    .replace(/"length":\d+/g, '"length":0')
    .replace(/expected [0-9a-f]{64,128}/, 'expected …')
    .replace(/(sha256|sha512) checksum/, 'sha… checksum');
}

/** Departures on purpose (docs/wire/notary-v1.md), by recording and number of the exchange, and what we answer. */
const DEPARTURES: Readonly<Record<string, Readonly<Record<number, { why: string; status: number }>>>> = {
  '30-notary-api.notary': {
    35: { why: 'the original panics on a broken multipart body', status: 400 },
    138: { why: 'the original panics going backwards from nowhere', status: 200 },
    153: { why: 'the original deletes every collection whose name begins like the one to delete', status: 200 },
    158: { why: 'the original panics going backwards from nowhere', status: 200 },
  },
};

/** Before which exchange the recorded server was restarted, and forgot everything. */
const RESTARTS: Readonly<Record<string, number>> = { '10-errors-passphrase-server.notary': 31 };

/** Recordings of clients that knew the collection already, so that nobody fetched what it takes to begin with. */
const BEGIN_IN_THE_MIDDLE: ReadonlySet<string> = new Set(['04-trust-inspect.notary', '17-build-with-trust.notary']);

const wires = readdirSync(join(RECORDINGS, 'wire'))
  .filter((file) => file.endsWith('.notary.json'))
  .map((file) => file.replace('.json', ''));

describe('recorded requests are answered as the real server answered', () => {
  test.for(wires)('%s', async (name, context) => {
    if (BEGIN_IN_THE_MIDDLE.has(name)) return context.skip('the recording begins in the middle');
    const exchanges = readWire(name);
    const restart = RESTARTS[name] ?? exchanges.length;
    await play(name, exchanges.slice(0, restart), 0, new RecordedKeys(exchanges));
    await play(name, exchanges.slice(restart), restart, new RecordedKeys([]));
  });
});

async function play(name: string, exchanges: RecordedExchange[], start: number, keys: RecordedKeys): Promise<void> {
  let now = new Date('2026-11-23T04:50:00Z');
  await using database = await openNotaryDatabase(':memory:');
  await seed(database, exchanges);
  const { app } = createNotaryServer({ database, keys, clock: { now: () => now } });
  await using listener = await listen(app, { kind: 'tcp', host: '127.0.0.1', port: 0 });
  const renamed = new Map<string, string>();
  for (const [index, exchange] of exchanges.entries()) {
    now = recordedDate(exchange) ?? now;
    const answer = await replay(listener.url, exchange, pathOf(exchange, renamed));
    noteHashes(exchange, answer, renamed);
    if (exchange.request.path.endsWith('.key') && answer.status === 200) keys.answered();
    const number = start + index;
    const departure = DEPARTURES[name]?.[number];
    const expected = departure ? { status: departure.status } : recorded(exchange);
    const shown = departure ? { status: answer.status } : comparable(answer, exchange);
    expect.soft(shown, `${number}: ${exchange.request.method} ${exchange.request.path}`).toEqual(expected);
  }
}

/** Recorded paths lost the double slash that made the server redirect. */
function pathOf(exchange: RecordedExchange, renamed: ReadonlyMap<string, string>): string {
  const { path } = exchange.request;
  const location = recordedHeader(exchange, 'location');
  if (location !== undefined && !path.includes('//')) return `/${location}`;
  return path.replace(/[0-9a-f]{64}/, (hash) => renamed.get(hash) ?? hash);
}

/** Puts into the store what the recorded server had before its first update: as far as clients fetched it. */
async function seed(database: NotaryDatabase, exchanges: readonly RecordedExchange[]): Promise<void> {
  const updated = new Set<string>();
  for (const { request, response } of exchanges) {
    const { gun = '', role } = /^\/v2\/(?<gun>.+)\/_trust\/tuf\/(?<role>[a-z/]+)?/.exec(request.path)?.groups ?? {};
    if (request.method === 'POST') updated.add(gun);
    if (request.method !== 'GET' || response.status !== 200 || !role || request.path.endsWith('.key')) continue;
    if (updated.has(gun)) continue;
    const data = Buffer.from(String(response.body));
    const { version } = JSON.parse(String(response.body)).signed;
    const sha256 = createHash('sha256').update(data).digest('hex');
    const row = { created_at: 0, gun, role, version, sha256, data };
    await database.query
      .insertInto('tuf_files')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Our snapshot has another hash than the recorded one; the client asks for it by that hash. */
function noteHashes({ request, response }: RecordedExchange, answer: Answer, renamed: Map<string, string>): void {
  if (!request.path.endsWith('timestamp.json') || answer.status !== 200 || response.status !== 200) return;
  const hashOf = (text: string): string =>
    Buffer.from(JSON.parse(text).signed.meta.snapshot.hashes.sha256, 'base64').toString('hex');
  renamed.set(hashOf(String(response.body)), hashOf(answer.body));
}

const HEADERS = ['content-type', 'cache-control', 'location'] as const;

function comparable({ status, headers, body }: Answer, { request }: RecordedExchange) {
  if (request.path === '/metrics') return { status };
  return { status, headers: HEADERS.map((name) => headers[name]), body: withoutSignedAtOwnTime(body) };
}

function recorded(exchange: RecordedExchange) {
  const { status, body } = exchange.response;
  if (exchange.request.path === '/metrics') return { status };
  const headers = HEADERS.map((name) => recordedHeader(exchange, name));
  return { status, headers, body: withoutSignedAtOwnTime(typeof body === 'string' ? body : '') };
}
