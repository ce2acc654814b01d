import { randomBytes } from 'node:crypto';
import { type Digest, digestOf, MEDIA_TYPES } from '../../../src/core/index.ts';
import { type Answer, askPort, imageManifest } from '../running-registry.ts';
import type { SeededRandom } from './random.ts';

const REPOSITORIES = ['crash/one', 'crash/two', 'crash/deep/three'] as const;
const TAGS = ['latest', 'stable', 'edge'] as const;

/** An upload that the server had answered for when it was killed. */
interface OpenUpload {
  readonly location: string;
  readonly repository: string;
  readonly content: Buffer;
}

/** What the server has promised: it must be there after any kill. */
export interface Promised {
  readonly path: string;
  readonly digest: Digest;
}

/** Clients of all kinds at once, until the server goes away. */
export class Traffic {
  readonly #random: SeededRandom;
  readonly #uploads = new Set<OpenUpload>();
  readonly #promised: Promised[] = [];
  #port = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Resolves when every client has lost its connection. @throws when the server answers what it should not */
  async run(port: number, clients: number): Promise<void> {
    this.#port = port;
    await Promise.all(Array.from({ length: clients }, () => this.#client()));
  }

  /** After a restart: goes on with every upload that was open, and looks for what was promised. */
  async resume(port: number): Promise<void> {
    this.#port = port;
    const uploads = [...this.#uploads];
    this.#uploads.clear();
    await Promise.all(uploads.map((upload) => this.#finish(upload)));
    const promised = this.#promised.splice(0);
    for (const { path, digest } of promised) {
      const { status, body } = await this.#ask('GET', path);
      if (status !== 200 || digestOf(body) !== digest) throw new Error(`${path} was promised, and is ${status} now`);
    }
  }

  async #client(): Promise<void> {
    const work = [() => this.#pushImage(), () => this.#pushImage(), () => this.#pushInChunks(), () => this.#cancel()];
    try {
      for (;;) await this.#random.pick(work)();
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  async #pushImage(): Promise<void> {
    const random = this.#random;
    const repository = random.pick(REPOSITORIES);
    const layers = await Promise.all(
      Array.from({ length: 1 + random.below(3) }, (_, i) =>
        i === 0 ? this.#mountOrPush(repository) : this.#pushBlob(repository, randomBytes(1 + random.below(200_000))),
      ),
    );
    const config = await this.#pushBlob(repository, Buffer.from(JSON.stringify({ id: random.below(2 ** 30) })));
    const image = imageManifest(config, layers);
    const tag = random.pick(TAGS);
    const digest = await this.#putManifest(repository, tag, image);
    if (random.below(4) === 0) await this.#putIndex(repository, digest, Buffer.byteLength(image));
    else if (random.below(6) === 0)
      await this.#expect('DELETE', `/v2/${repository}/manifests/${random.pick(TAGS)}`, [202, 404]);
    this.#promised.push({ path: `/v2/${repository}/manifests/${digest}`, digest });
  }

  async #putManifest(repository: string, reference: string, body: string, type: string = MEDIA_TYPES.ociManifest) {
    const headers = { 'content-type': type };
    await this.#expect('PUT', `/v2/${repository}/manifests/${reference}`, [201], { headers, body });
    return digestOf(body);
  }

  async #putIndex(repository: string, digest: Digest, size: number): Promise<void> {
    const entry = { mediaType: MEDIA_TYPES.ociManifest, digest, size };
    const index = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [entry] });
    await this.#putManifest(repository, 'index', index, MEDIA_TYPES.ociIndex);
  }

  async #mountOrPush(repository: string): Promise<Digest> {
    const content = Buffer.alloc(50_000, `shared ${this.#random.below(5)}`);
    const digest = digestOf(content);
    const query = `mount=${digest}&from=${this.#random.pick(REPOSITORIES)}`;
    const { status, headers } = await this.#expect('POST', `/v2/${repository}/blobs/uploads/?${query}`, [201, 202]);
    if (status === 202) await this.#finish({ location: pathOf(headers), repository, content });
    return digest;
  }

  async #pushBlob(repository: string, content: Buffer): Promise<Digest> {
    const digest = digestOf(content);
    await this.#expect('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, [201], { body: content });
    this.#promised.push({ path: `/v2/${repository}/blobs/${digest}`, digest });
    return digest;
  }

  async #pushInChunks(): Promise<void> {
    const random = this.#random;
    const repository = random.pick(REPOSITORIES);
    const content = randomBytes(1 + random.below(400_000));
    const { headers } = await this.#expect('POST', `/v2/${repository}/blobs/uploads/`, [202]);
    const upload = { location: pathOf(headers).replace(/\?.*/, ''), repository, content };
    this.#uploads.add(upload);
    const size = 1 + random.below(150_000);
    for (let at = 0; at < content.byteLength - size; at += size) {
      const body = content.subarray(at, at + size);
      await this.#expect('PATCH', upload.location, [202], { body, headers: rangeOf(at, body) });
    }
    await this.#finish(upload);
    this.#uploads.delete(upload);
  }

  /** From wherever the server says that the upload is. */
  async #finish({ location, repository, content }: OpenUpload): Promise<void> {
    const path = location.replace(/\?.*/, '');
    const digest = digestOf(content);
    const asked = await this.#expect('GET', path, [204, 404]);
    if (asked.status === 404) {
      // Finished as the kill came, or never begun on disk: then a push must go through.
      const blob = await this.#expect('GET', `/v2/${repository}/blobs/${digest}`, [200, 404]);
      if (blob.status === 404) await this.#pushBlob(repository, content);
      return;
    }
    const [, last = '0'] = /^0-(\d+)$/.exec(asked.headers.range ?? '') ?? [];
    const at = last === '0' ? 0 : Number(last) + 1;
    if (at === 0) {
      // `0-0` is an upload of one byte or of none: begin anew, which must not be in the way.
      await this.#expect('DELETE', path, [204]);
      await this.#pushBlob(repository, content);
      return;
    }
    await this.#expect('PUT', `${path}?digest=${digest}`, [201], { body: content.subarray(at) });
    this.#promised.push({ path: `/v2/${repository}/blobs/${digest}`, digest });
  }

  async #cancel(): Promise<void> {
    const repository = this.#random.pick(REPOSITORIES);
    const { headers } = await this.#expect('POST', `/v2/${repository}/blobs/uploads/`, [202]);
    await this.#expect('PATCH', pathOf(headers), [202], { body: Buffer.alloc(10_000) });
    await this.#expect('DELETE', pathOf(headers).replace(/\?.*/, ''), [204]);
  }

  async #expect(method: string, path: string, statuses: number[], options = {}): Promise<Answer> {
    const answer = await this.#ask(method, path, options);
    if (answer.isCut) throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });
    if (statuses.includes(answer.status)) return answer;
    throw new Error(`${method} ${path} answered ${answer.status} ${String(answer.body).slice(0, 300)}`);
  }

  #ask(method: string, path: string, options = {}): Promise<Answer> {
    return askPort(this.#port, method, path, options);
  }
}

function rangeOf(at: number, { byteLength }: Buffer): Record<string, string> {
  return { 'content-range': `${at}-${at + byteLength - 1}` };
}

function pathOf(headers: Answer['headers']): string {
  return (headers.location ?? '').replace(/^https?:\/\/[^/]+/, '');
}

function isGone(error: unknown): boolean {
  return ['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes((error as { code?: string }).code ?? '');
}
