import { eventsOf } from './event-stream.ts';
import type { Emit, ProgressEvent } from './progress-event.ts';

/** Pulls, pushes and loads under way. Disposing stops them and waits until they have cleaned up. */
export class Operations implements AsyncDisposable {
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  /** Yields what `work` emits; see `eventsOf`. Nothing happens until the first event is asked for. */
  run(
    work: (emit: Emit, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ProgressEvent> {
    const either = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    return eventsOf((emit, stop) => this.#track(work(emit, stop)), either);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }

  #track(running: Promise<void>): Promise<void> {
    this.#running.add(running);
    const settle = (): boolean => this.#running.delete(running);
    running.then(settle, settle);
    return running;
  }
}
