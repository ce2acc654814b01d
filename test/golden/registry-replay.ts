import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

export type RecordedBody =
  | null
  | string
  | { readonly binary: true; readonly length: number; readonly sha256: string }
  | { readonly truncated: true; readonly length: number; readonly sha256: string; readonly text: string };

export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: RecordedBody;
  };
  readonly response: Answer & { readonly body: RecordedBody };
}

export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: RecordedBody;
  /** The connection ended before the body was whole. */
  readonly aborted?: string;
}

/** Differ from run to run, or belong to the connection. */
const PASSING_HEADERS = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

export function readExchanges(name: string): Exchange[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'recordings/wire', `${name}.registry.json`), 'utf8'));
}

/**
 * Plays recorded requests against a server of ours. Layers are recorded by digest and length only (gzip as Go writes
 * it), so each gets a stand-in of the same length, and digests are exchanged throughout, manifests' own included.
 * Upload ids and states are those our server gave.
 */
export class Replay {
  readonly #bodies = new Map<string, Buffer>();
  readonly #digests = new Map<string, string>();
  readonly #uploads = new Map<string, string>();
  readonly #states = new Map<string, string>();
  readonly #port: number;

  constructor(port: number, exchanges: readonly Exchange[]) {
    this.#port = port;
    for (const { request: asked, response } of exchanges)
      for (const body of [asked.body, response.body]) this.#learn(body);
    for (const { request: asked } of exchanges) {
      if (asked.method !== 'PUT' || typeof asked.body !== 'string') continue;
      this.#digests.set(sha256(asked.body), sha256(this.ours(asked.body)));
    }
  }

  /** Recorded text with our digests and upload ids in it. */
  ours(text: string): string {
    return text
      .replace(/[0-9a-f]{64}/g, (hex) => this.#digests.get(hex) ?? hex)
      .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => this.#uploads.get(id) ?? id);
  }

  /** Asks our server what was asked of the real one. */
  async play({ request: asked, response }: Exchange, port = this.#port): Promise<Answer> {
    const query = asked.query.replace(/_state=([^&]*)/, (_, state: string) => `_state=${this.#state(state)}`);
    const path = this.ours(asked.path) + (query ? `?${this.ours(query)}` : '');
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of asked.headers) {
      const before = headers[name];
      headers[name] = before === undefined ? this.ours(value) : [before, this.ours(value)].flat();
    }
    const answer = await ask(port, asked.method, path, headers, this.#body(asked.body));
    this.#remember(response, answer);
    return answer;
  }

  /** What the real server answered, in our digests; only what may be compared. */
  expected({ response }: Exchange): Answer {
    return {
      status: response.status,
      headers: comparable(response.headers.map(([name, value]) => [name, this.ours(value)])),
      body: this.#expectedBody(response.body),
      ...(response.aborted ? { aborted: response.aborted } : {}),
    };
  }

  #expectedBody(body: RecordedBody): RecordedBody {
    if (typeof body === 'string') return this.ours(body);
    return body && this.#body(body).toString('latin1');
  }

  #learn(body: RecordedBody): void {
    if (body === null || typeof body === 'string') return;
    const standIn = Buffer.from(body.sha256.repeat(Math.ceil(body.length / 64)).slice(0, body.length));
    this.#bodies.set(body.sha256, standIn);
    this.#digests.set(body.sha256, sha256(standIn));
  }

  #body(body: RecordedBody): Buffer {
    if (body === null) return Buffer.alloc(0);
    return typeof body === 'string' ? Buffer.from(this.ours(body)) : (this.#bodies.get(body.sha256) ?? Buffer.alloc(0));
  }

  #state(recorded: string): string {
    return this.#states.get(decodeURIComponent(recorded)) ?? recorded;
  }

  #remember(recorded: Answer, answer: Answer): void {
    const [theirs, mine] = [recorded, answer].map(({ headers }) => ({
      upload: headerOf(headers, 'docker-upload-uuid'),
      state: /_state=([^&]*)/.exec(headerOf(headers, 'location') ?? '')?.[1],
    }));
    if (theirs?.upload && mine?.upload) this.#uploads.set(theirs.upload, mine.upload);
    if (theirs?.state && mine?.state) this.#states.set(decodeURIComponent(theirs.state), mine.state);
  }
}

/** Headers by lower-case name, sorted, without those that differ from run to run and without upload states. */
export function comparable(headers: Answer['headers']): Answer['headers'] {
  return headers
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.replace(/_state=[^&]*/, '_state=STATE')])
    .filter(([name]) => !PASSING_HEADERS.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

export function headerOf(headers: Answer['headers'], name: string): string | undefined {
  return headers.find(([other]) => other.toLowerCase() === name)?.[1];
}

function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string | string[]>,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      const settle = (aborted?: string): void => {
        const text = Buffer.concat(chunks).toString('latin1');
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          body: text === '' ? null : text,
          ...(aborted ? { aborted } : {}),
        });
      };
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => settle());
      response.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? 'aborted'));
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
