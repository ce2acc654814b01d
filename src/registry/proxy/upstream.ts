import { type Clock, errorMessage, type Log, TrustSandboxError } from '../../core/index.ts';
import {
  openRegistryClient,
  type RegistryClient,
  type RegistryClientSettings,
  type RegistryCredentials,
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

/** Credentials that have to be asked for, and how long they are good; for ever when that is not said. */
export interface CredentialSource {
  get(): Promise<RegistryCredentials>;
  readonly lifetimeMs: number | undefined;
  readonly clock: Clock;
}

/** The registry that a pull-through cache asks. Connections are made when something is asked. */
export class Upstream implements AsyncDisposable {
  readonly url: string;
  readonly #settings: RegistryClientSettings;
  readonly #log: Log;
  readonly #credentials: CredentialSource | undefined;
  #client: Promise<RegistryClient> | undefined;
  #expiresAt = Number.POSITIVE_INFINITY;

  constructor(settings: RegistryClientSettings, log: Log, credentials?: CredentialSource) {
    this.url = settings.baseUrl;
    this.#settings = settings;
    this.#log = log;
    this.#credentials = credentials;
  }

  /**
   * Asks; `undefined` when the other registry says that it does not have it.
   * @throws {UpstreamUnavailableError}
   */
  async ask<T>(question: (client: RegistryClient) => Promise<T>): Promise<T | undefined> {
    try {
      return await question(await this.#open());
    } catch (thrown) {
      if (thrown instanceof RegistryRefusedError && ABSENT.has(thrown.reason)) return undefined;
      this.#log.warn('upstream registry unavailable', { url: this.url, reason: errorMessage(thrown) });
      throw new UpstreamUnavailableError(`${this.url}: ${errorMessage(thrown)}`, { cause: thrown });
    }
  }

  /** The client there is, or a new one when its credentials have run out; one that could not be opened is tried anew. */
  #open(): Promise<RegistryClient> {
    const source = this.#credentials;
    // The old client is left to finish what it fetches; its connections close when they are idle.
    if (source && source.clock.now().getTime() >= this.#expiresAt) this.#client = undefined;
    if (!this.#client) {
      const opened = this.#openAnew(source);
      opened.catch(() => {
        this.#client = undefined;
      });
      this.#client = opened;
    }
    return this.#client;
  }

  async #openAnew(source: CredentialSource | undefined): Promise<RegistryClient> {
    if (!source) return openRegistryClient(this.#settings);
    const credentials = await source.get();
    this.#expiresAt = source.lifetimeMs ? source.clock.now().getTime() + source.lifetimeMs : Number.POSITIVE_INFINITY;
    return openRegistryClient({ ...this.#settings, credentials });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.[Symbol.asyncDispose]();
  }
}
