import { type Clock, errorMessage, type Log } from '../../core/index.ts';
import { NOBODY } from '../actor.ts';
import { auditedPrune } from '../store/audit/audited-prune.ts';
import { prune } from '../store/prune.ts';
import type { NotaryDatabase } from '../store/schema.ts';
import type { ServerConfig } from './server-config.ts';

const INTERVAL_MS = 60 * 60 * 1000;

export interface RetentionContext {
  readonly database: NotaryDatabase;
  readonly clock: Clock;
  readonly log: Log;
}

/** Forgets what the configuration does not keep, every hour, until disposed of; nothing where everything is kept. */
export function startRetention(config: ServerConfig, context: RetentionContext): AsyncDisposable {
  const { keepVersions, keepMs } = config.retention;
  if (keepVersions === undefined && keepMs === undefined) return { [Symbol.asyncDispose]: async () => undefined };
  const controller = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(() => forgetOld(config, context, controller.signal));
  }, INTERVAL_MS);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      controller.abort();
      await running;
    },
  };
}

/** One round. Never throws: what went wrong is logged, and tried again in an hour. */
export async function forgetOld(
  { retention, hasAudit }: ServerConfig,
  { database, clock, log }: RetentionContext,
  signal: AbortSignal,
): Promise<void> {
  try {
    const options = { retention, now: clock.now(), signal };
    const forgotten = hasAudit ? auditedPrune(database, options, NOBODY) : prune(database, options);
    for await (const { gun, files, bytes } of forgotten)
      log.info('old versions forgotten', { gun, files: files.length, bytes });
  } catch (error) {
    log.error('old versions are not forgotten', { why: errorMessage(error) });
  }
}
