import { errorMessage, type Log, TrustSandboxError } from '../../core/index.ts';
import { ENVELOPE_MEDIA_TYPE, type EventAction, formatEnvelope, type RegistryEvent } from './event.ts';
import type { EventQueue } from './event-queue.ts';

/** Where events are told to, as distribution's configuration has it (`notifications.endpoints`). */
export interface EndpointSettings {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long an answer may take. */
  readonly timeoutMs: number;
  /** After that many failures in a row there is a pause of `backoffMs` between tries. */
  readonly threshold: number;
  readonly backoffMs: number;
  readonly ignoredMediaTypes: ReadonlySet<string>;
  readonly ignoredActions: ReadonlySet<EventAction>;
}

/** An endpoint did not take an envelope. */
export class EndpointRefusedError extends TrustSandboxError {
  readonly code = 'NOTIFICATION_REFUSED';
}

/** Sends an envelope. @throws anything when it is not known to have arrived */
export type SendEnvelope = (endpoint: EndpointSettings, body: string, signal: AbortSignal) => Promise<void>;

/** Waits, unless `signal` aborts. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

const EVENTS_IN_ENVELOPE = 100;

export function isWanted({ ignoredActions, ignoredMediaTypes }: EndpointSettings, event: RegistryEvent): boolean {
  return !ignoredActions.has(event.action) && !(event.mediaType && ignoredMediaTypes.has(event.mediaType));
}

/** Posts by the platform's own client; any answer but 2xx and 3xx is a failure, as in distribution. */
export const postEnvelope: SendEnvelope = async ({ name, url, headers, timeoutMs }, body, signal) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': ENVELOPE_MEDIA_TYPE },
    body,
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  await response.body?.cancel();
  if (response.status < 200 || response.status > 399) {
    throw new EndpointRefusedError(`endpoint ${name} answered ${response.status}`);
  }
};

/** Tells one endpoint its events, in order, one envelope at a time, until `signal` aborts. */
export class EndpointWorker {
  readonly settings: EndpointSettings;
  /** Ends when the worker does. */
  readonly ended: Promise<void>;
  readonly #queue: EventQueue;
  readonly #send: SendEnvelope;
  readonly #wait: Wait;
  readonly #log: Log;
  #wake: () => void = () => undefined;
  #hasMore = true; // what an earlier process left

  constructor(
    settings: EndpointSettings,
    parts: { queue: EventQueue; send: SendEnvelope; wait: Wait; log: Log; signal: AbortSignal },
  ) {
    this.settings = settings;
    this.#queue = parts.queue;
    this.#send = parts.send;
    this.#wait = parts.wait;
    this.#log = parts.log;
    parts.signal.addEventListener('abort', () => this.#wake());
    this.ended = this.#run(parts.signal);
  }

  /** There are new events in the queue. */
  wake(): void {
    this.#hasMore = true;
    this.#wake();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#hasMore = false;
      const events = await this.#queue.first(this.settings.name, EVENTS_IN_ENVELOPE);
      if (events.length > 0) {
        await this.#deliver(formatEnvelope(events.map(({ body }) => body)), signal);
        if (!signal.aborted) await this.#queue.remove(events.map(({ id }) => id));
      } else if (!this.#hasMore && !signal.aborted) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** Tries until it succeeds or `signal` aborts. */
  async #deliver(envelope: string, signal: AbortSignal): Promise<void> {
    const { name, url, threshold, backoffMs } = this.settings;
    for (let failures = 0; !signal.aborted; ) {
      try {
        return await this.#send(this.settings, envelope, signal);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.#log.warn('notification failed', { endpoint: name, url, failures, reason: errorMessage(error) });
        if (failures >= threshold) await this.#wait(backoffMs, signal).catch(() => undefined);
      }
    }
  }
}
