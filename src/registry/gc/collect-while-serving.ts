import { type Log, silentLog } from '../../core/index.ts';
import { type CollectionOptions, collectGarbage } from './collect.ts';
import { CollectionUnderWayError } from './progress.ts';

/** A collection as a server does it by itself: logs what came of it, and lets another replica's go first. */
export async function collectWhileServing(options: CollectionOptions): Promise<void> {
  const { signal } = options;
  const log: Log = options.log ?? silentLog;
  try {
    const { counts, reclaimed, skipped, unnamed, isResumed } = await collectGarbage(options);
    for (const { repository, unreadable } of skipped) log.warn('not collected: unreadable', { repository, unreadable });
    if (unnamed.length > 0) log.warn('no blob collected: repositories without a valid name', { unnamed });
    log.info('garbage collected', { ...counts, reclaimed, isResumed });
  } catch (error) {
    if (error instanceof CollectionUnderWayError)
      log.info('garbage is being collected by another', { why: error.message });
    else if (!signal?.aborted) throw error;
  }
}
