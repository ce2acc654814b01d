import { type NotaryClient, RemoteUnavailableError } from '../../notary/client/index.ts';
import type { TrustServer } from '../../trust/index.ts';

/** Finds an `Authorization` header; undefined where there is none to be had. */
export type FindHeader = () => Promise<string | undefined>;

const UNAUTHORIZED = 401;

/**
 * Ways to be let in, tried in turn: a reader is nobody first, and is asked who they are when nobody may read. What a way
 * has found holds for all requests of a command.
 */
export class LoginWays {
  readonly #ways: readonly FindHeader[];
  #place = 0;
  #found: Promise<string | undefined> | undefined;

  constructor(ways: readonly FindHeader[]) {
    this.#ways = ways;
  }

  /** For a client's `authorization`. */
  readonly header: FindHeader = async () => {
    this.#found ??= this.#ways[this.#place]?.();
    return this.#found;
  };

  /** The same server, asked again in the next way when it has let nobody in. */
  wrap(client: NotaryClient): TrustServer {
    const again = async <T>(ask: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await ask();
        } catch (thrown) {
          const isRefused = thrown instanceof RemoteUnavailableError && thrown.status === UNAUTHORIZED;
          if (!isRefused || this.#place + 1 >= this.#ways.length) throw thrown;
          this.#place += 1;
          this.#found = undefined;
        }
      }
    };
    return {
      host: client.host,
      getMetadata: (...args) => again(() => client.getMetadata(...args)),
      getKey: (...args) => again(() => client.getKey(...args)),
      rotateKey: (...args) => again(() => client.rotateKey(...args)),
      publish: (...args) => again(() => client.publish(...args)),
      deleteCollection: (...args) => again(() => client.deleteCollection(...args)),
    };
  }
}
