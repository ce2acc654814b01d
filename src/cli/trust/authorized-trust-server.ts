import { type NotaryClient, type RemoteAccess, RemoteUnavailableError } from '../../notary/client/index.ts';
import type { TrustServer } from '../../trust/index.ts';

/** Finds the `Authorization` header for a scope, given the server's challenge. */
export type AnswerChallenge = (challenge: string, scope: string) => Promise<string | undefined>;

const UNAUTHORIZED = 401;

/**
 * Answers the challenges of a trust server that wants a token. docker asks for the challenge before anything else; here it is
 * asked for when the server first refuses, since most want none. A token is kept for the requests that follow.
 */
export class Authorization {
  readonly #answer: AnswerChallenge;
  readonly #headers = new Map<string, Promise<string | undefined>>();
  #challenge: string | undefined;

  constructor(answer: AnswerChallenge) {
    this.#answer = answer;
  }

  /** For a client's `authorization`: nothing until the server has refused once. */
  readonly header = async (access: RemoteAccess): Promise<string | undefined> => {
    const challenge = this.#challenge;
    if (challenge === undefined) return undefined;
    const scope = `repository:${access.gun}:${access.actions.join(',')}`;
    const header = this.#headers.get(scope) ?? this.#answer(challenge, scope);
    this.#headers.set(scope, header);
    return header;
  };

  /** The same server, asked again after it has refused for want of a token. */
  wrap(client: NotaryClient): TrustServer {
    const again = async <T>(ask: () => Promise<T>): Promise<T> => {
      try {
        return await ask();
      } catch (thrown) {
        const isRefused = thrown instanceof RemoteUnavailableError && thrown.status === UNAUTHORIZED;
        if (!isRefused || this.#challenge !== undefined) throw thrown;
        this.#challenge = (await client.ping()).challenge;
        if (this.#challenge === undefined) throw thrown;
        return ask();
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
