import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, errorMessage, type Log, silentLog, systemClock } from '../../core/index.ts';
import {
  type EndpointSettings,
  EndpointWorker,
  isWanted,
  postEnvelope,
  type SendEnvelope,
  type Wait,
} from './endpoint.ts';
import { type EventSource, formatEvent, type RegistryEvent } from './event.ts';
import { EventQueue } from './event-queue.ts';

/** Events that may wait for one endpoint; more are dropped, and that is logged. */
const MAX_WAITING = 100_000;

export interface NotifierOptions {
  readonly endpoints: readonly EndpointSettings[];
  /** SQLite file of the queue, or `:memory:`. */
  readonly queuePath: string;
  /** Address others know this registry by. */
  readonly address: string;
  /** Whether manifests' events list what they name. */
  readonly includesReferences?: boolean;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly maxWaiting?: number;
  readonly newUuid?: () => string;
  readonly send?: SendEnvelope;
  readonly wait?: Wait;
}

/** Takes events and tells them to endpoints. Disposing stops telling; what waits is told after the next start. */
export interface Notifier extends AsyncDisposable {
  /** Returns at once; the event is on disk within a turn or two of the event loop. */
  notify(event: RegistryEvent): void;
  /** Resolves when everything told so far is on disk. */
  flush(): Promise<void>;
}

/** Opens the queue and starts telling what an earlier process left. */
export async function openNotifier(options: NotifierOptions): Promise<Notifier> {
  const { clock = systemClock, log = silentLog, newUuid = randomUUID, send = postEnvelope } = options;
  const wait: Wait = options.wait ?? ((ms, signal) => sleep(ms, undefined, { signal }));
  const queue = await EventQueue.open(options.queuePath);
  const stopping = new AbortController();
  const parts = { queue, send, wait, log, signal: stopping.signal };
  const workers = options.endpoints.map((settings) => new EndpointWorker(settings, parts));
  const source: EventSource = { addr: options.address, instanceID: newUuid() };
  const inbox = await Inbox.open(queue, workers, options.maxWaiting ?? MAX_WAITING, log);
  return {
    notify(event) {
      const told = options.includesReferences ? event : withoutReferences(event);
      const body = formatEvent(told, { id: newUuid(), timestamp: clock.now(), source });
      inbox.add(
        workers.filter(({ settings }) => isWanted(settings, event)),
        body,
      );
    },
    flush: () => inbox.flushed,
    async [Symbol.asyncDispose]() {
      await inbox.flushed;
      stopping.abort();
      await Promise.all(workers.map(({ ended }) => ended));
      await queue[Symbol.asyncDispose]();
    },
  };
}

function withoutReferences({ references: _, ...event }: RegistryEvent): RegistryEvent {
  return event;
}

/** Gathers what comes in one turn of the event loop, so that many events cost one commit. */
class Inbox {
  flushed: Promise<void> = Promise.resolve();
  readonly #queue: EventQueue;
  readonly #max: number;
  readonly #log: Log;
  readonly #waiting: Map<string, number>;
  #gathered: { readonly worker: EndpointWorker; readonly body: string }[] = [];

  private constructor(queue: EventQueue, waiting: Map<string, number>, max: number, log: Log) {
    this.#queue = queue;
    this.#waiting = waiting;
    this.#max = max;
    this.#log = log;
  }

  static async open(queue: EventQueue, workers: readonly EndpointWorker[], max: number, log: Log): Promise<Inbox> {
    const counts = workers.map(async ({ settings: { name } }) => [name, await queue.count(name)] as const);
    return new Inbox(queue, new Map(await Promise.all(counts)), max, log);
  }

  add(workers: readonly EndpointWorker[], body: string): void {
    if (workers.length === 0) return;
    if (this.#gathered.length === 0) this.flushed = this.flushed.then(() => this.#flush());
    this.#gathered.push(...workers.map((worker) => ({ worker, body })));
  }

  async #flush(): Promise<void> {
    await new Promise(setImmediate);
    const gathered = this.#gathered;
    this.#gathered = [];
    for (const worker of new Set(gathered.map((item) => item.worker))) {
      const { name } = worker.settings;
      const bodies = gathered.filter((item) => item.worker === worker).map(({ body }) => body);
      await this.#addTo(name, bodies);
      worker.wake();
    }
  }

  /** The count is asked anew only when the last known one says that the queue may be full. */
  async #addTo(endpoint: string, bodies: readonly string[]): Promise<void> {
    try {
      const known = this.#waiting.get(endpoint) ?? 0;
      const waiting = known + bodies.length > this.#max ? await this.#queue.count(endpoint) : known;
      const taken = bodies.slice(0, Math.max(0, this.#max - waiting));
      if (taken.length < bodies.length) {
        this.#log.error('notifications dropped: too many wait', { endpoint, dropped: bodies.length - taken.length });
      }
      await this.#queue.add(taken.map((body) => ({ endpoint, body })));
      this.#waiting.set(endpoint, waiting + taken.length);
    } catch (error) {
      this.#log.error('notifications lost', { endpoint, lost: bodies.length, reason: errorMessage(error) });
    }
  }
}
