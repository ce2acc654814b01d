import type { StreamMessage } from '../progress.ts';

/** What the Engine says it pushed under a tag; `size` of the manifest in bytes. */
export interface PushedImage {
  readonly tag: string;
  readonly digest: string;
  readonly size: number;
}

const PUSHED = /^(\S+): digest: (\S+) size: (\d+)$/;

/**
 * Finds out of an Engine's stream what was pushed: from the record under `aux` (Docker Engine API v1.50, `PushResult`);
 * else, since an Engine with a containerd image store sends none, from the line that it shows to people.
 */
export class PushedImages {
  readonly #told: PushedImage[] = [];
  readonly #shown: PushedImage[] = [];

  /** How many were told of under `aux`. */
  get count(): number {
    return this.#told.length;
  }

  /** The same stream, read on its way. */
  async *watch(messages: AsyncIterable<StreamMessage>): AsyncGenerator<StreamMessage> {
    for await (const message of messages) {
      const [, tag, digest = '', size] = message.id === undefined ? (PUSHED.exec(message.status ?? '') ?? []) : [];
      if (tag !== undefined) this.#shown.push({ tag, digest, size: Number(size) });
      yield message;
    }
  }

  /** Takes in a value of `aux`; those that tell of something else are passed over. */
  note(aux: unknown): void {
    const { Tag: tag, Digest: digest, Size: size } = (aux ?? {}) as Record<string, unknown>;
    if (typeof tag !== 'string' || typeof digest !== 'string' || typeof size !== 'number') return;
    this.#told.push({ tag, digest, size });
  }

  find(tag: string): PushedImage | undefined {
    return this.#told[0] ?? this.#shown.find((image) => image.tag === tag);
  }
}
