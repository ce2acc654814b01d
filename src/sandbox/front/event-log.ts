import type { Clock } from '../../core/index.ts';
import type { NewEvent, SandboxEvent } from './sandbox-event.ts';

/** How many events are remembered. */
const MAX_REMEMBERED = 2000;

/** The stream of events of one sandbox: the newest are remembered, and whoever subscribes is told of those to come. */
export class EventLog {
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: SandboxEvent) => void>();
  #events: SandboxEvent[] = [];
  #number = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(event: NewEvent): void {
    this.#number += 1;
    const { service, kind, facts } = event;
    const numbered = { number: this.#number, at: this.#clock.now().toISOString(), service, kind, facts };
    this.#events.push(numbered);
    if (this.#events.length > MAX_REMEMBERED * 2) this.#events = this.#events.slice(-MAX_REMEMBERED);
    for (const listener of this.#listeners) listener(numbered);
  }

  /** Those remembered with a number greater than `after`, oldest first. */
  list(after = 0): readonly SandboxEvent[] {
    return this.#events.filter(({ number }) => number > after).slice(-MAX_REMEMBERED);
  }

  /** Returns what ends it. */
  subscribe(listener: (event: SandboxEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
