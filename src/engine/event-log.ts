import type { Clock } from '../core/index.ts';

/** Something that happened to an image, a container, … (Engine API v1.51, `EventMessage`). */
export interface EngineEvent {
  readonly type: 'image' | 'container' | 'network' | 'volume' | 'daemon';
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970; no two events have the same. */
  readonly timeNano: bigint;
}

export interface FollowOptions {
  /** Replays what is remembered from then on; nothing unless given. */
  readonly since?: Date | undefined;
  /** Ends the stream then. */
  readonly until?: Date | undefined;
  readonly signal: AbortSignal;
}

/** Publishes an event. */
export type Publish = (event: Omit<EngineEvent, 'timeNano'>) => void;

const REMEMBERED = 256; // as many as dockerd
const MAX_QUEUED = 4096; // a reader that is further behind misses events
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What happened lately, and what happens from now on, to any number of readers. */
export class EventLog {
  readonly #clock: Clock;
  readonly #recent: EngineEvent[] = [];
  readonly #readers = new Set<(event: EngineEvent) => void>();
  #last = 0n;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly publish: Publish = (event) => {
    const now = BigInt(this.#clock.now().getTime()) * 1_000_000n;
    this.#last = now > this.#last ? now : this.#last + 1n;
    const dated = { ...event, timeNano: this.#last };
    this.#recent.push(dated);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    for (const tell of this.#readers) tell(dated);
  };

  /** Events in order. Reading begins at the call, not at the first `next`; ends at `until` or when `signal` aborts. */
  follow({ since, until, signal }: FollowOptions): AsyncGenerator<EngineEvent> {
    const queue = since ? this.#recent.filter(({ timeNano }) => timeNano >= nanoOf(since)) : [];
    const before = until ? nanoOf(until) : undefined;
    const isWanted = ({ timeNano }: EngineEvent): boolean => before === undefined || timeNano <= before;
    const leftMs = until ? until.getTime() - this.#clock.now().getTime() : undefined;
    if (leftMs !== undefined && leftMs <= 0) return replay(queue.filter(isWanted));
    return this.#live(queue.filter(isWanted), leftMs, signal);
  }

  #live(queue: EngineEvent[], leftMs: number | undefined, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    let wake = (): void => undefined;
    const tell = (event: EngineEvent): void => {
      if (queue.length < MAX_QUEUED) queue.push(event);
      wake();
    };
    this.#readers.add(tell);
    const readers = this.#readers;
    const over = leftMs === undefined ? signal : AbortSignal.any([signal, deadline(leftMs)]);
    over.addEventListener('abort', () => {
      readers.delete(tell);
      wake();
    });
    if (over.aborted) readers.delete(tell);
    return (async function* () {
      try {
        while (true) {
          for (let event = queue.shift(); event; event = queue.shift()) yield event;
          if (over.aborted) return;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        readers.delete(tell);
      }
    })();
  }
}

async function* replay(events: readonly EngineEvent[]): AsyncGenerator<EngineEvent> {
  yield* events;
}

function deadline(ms: number): AbortSignal {
  return AbortSignal.timeout(Math.min(Math.ceil(ms), MAX_TIMER_MS));
}

function nanoOf(date: Date): bigint {
  return BigInt(Math.round(date.getTime() * 1000)) * 1000n;
}
