import { errorMessage, type Log } from '../../core/index.ts';

/** What a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Does `work` soon and then every `intervalMs`, one at a time, until disposed of; disposing waits for one that is under way.
 * One that fails is logged, and the next one tried.
 */
export function repeat(name: string, intervalMs: number, log: Log, work: () => Promise<void>): AsyncDisposable {
  let running: Promise<void> | undefined;
  const next = (): void => {
    running ??= work()
      .catch((error: unknown) => log.error(`${name} failed`, { why: errorMessage(error) }))
      .finally(() => {
        running = undefined;
      });
  };
  const first = setImmediate(next); // not before what comes first
  const timer = setInterval(next, Math.min(intervalMs, MAX_TIMER_MS));
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearImmediate(first);
      clearInterval(timer);
      await running;
    },
  };
}
