import type { Emit, ProgressEvent } from './progress-event.ts';

/**
 * Runs `work` and yields what it emits, in order; what it throws is thrown after all it emitted.
 * Leaving the iteration early aborts the work and waits until it has cleaned up.
 */
export async function* eventsOf(
  work: (emit: Emit, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): AsyncGenerator<ProgressEvent> {
  const abandoned = new AbortController();
  const either = signal ? AbortSignal.any([signal, abandoned.signal]) : abandoned.signal;
  const queue: ProgressEvent[] = [];
  let wake = (): void => undefined;
  let isDone = false;
  const emit: Emit = (event) => {
    queue.push(event);
    wake();
  };
  const done = work(emit, either).finally(() => {
    isDone = true;
    wake();
  });
  done.catch(() => undefined); // thrown below, once the events are out
  try {
    while (true) {
      for (let event = queue.shift(); event; event = queue.shift()) yield event;
      if (isDone) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (queue.length > 0 || isDone) resolve();
      });
    }
    await done;
  } finally {
    abandoned.abort();
    await done.catch(() => undefined);
  }
}
