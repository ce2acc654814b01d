import { errorMessage, type Log, TrustSandboxError } from '../../core/index.ts';
import {
  openRegistryClient,
  type RegistryClient,
  type RegistryClientSettings,
  RegistryRefusedError,
} from '../client/index.ts';

/** The other registry did not answer, or not usefully; what is asked for may be there all the same. */
export class UpstreamUnavailableError extends TrustSandboxError {
  readonly code = 'UPSTREAM_UNAVAILABLE';
}

/** Answers that settle it: the other registry does not have this, or not for us. */
const ABSENT: ReadonlySet<string> = new Set([
  'MANIFEST_UNKNOWN',
  'BLOB_UNKNOWN',
  'NAME_UNKNOWN',
  'NAME_INVALID',
  'UNAUTHORIZED',
  'DENIED',
]);

/** The registry that a pull-through cache asks. Connections are made when something is asked. */
export class Upstream implements AsyncDisposable {
  readonly url: string;
  readonly #settings: RegistryClientSettings;
  readonly #log: Log;
  #client: Promise<RegistryClient> | undefined;

  constructor(settings: RegistryClientSettings, log: Log) {
    this.url = settings.baseUrl;
    this.#settings = settings;
    this.#log = log;
  }

  /**
   * Asks; `undefined` when the other registry says that it does not have it.
   * @throws {UpstreamUnavailableError}
   */
  async ask<T>(question: (client: RegistryClient) => Promise<T>): Promise<T | undefined> {
    try {
      this.#client ??= openRegistryClient(this.#settings);
      return await question(await this.#client);
    } catch (thrown) {
      if (thrown instanceof RegistryRefusedError && ABSENT.has(thrown.reason)) return undefined;
      this.#log.warn('upstream registry unavailable', { url: this.url, reason: errorMessage(thrown) });
      throw new UpstreamUnavailableError(`${this.url}: ${errorMessage(thrown)}`, { cause: thrown });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#client)?.[Symbol.asyncDispose]();
  }
}
