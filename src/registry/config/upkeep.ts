import { type Clock, type Log, Started } from '../../core/index.ts';
import type { StorageDriver } from '../../storage/index.ts';
import type { Registry } from '../registry.ts';
import type { RegistryConfig } from './config.ts';
import { repeat } from './repeat.ts';

interface UpkeepParts {
  readonly registry: Registry;
  readonly driver: StorageDriver;
  readonly log: Log;
  readonly clock: Clock;
}

/** What a registry does by itself while it serves: gives up old uploads, collects garbage. */
export function startUpkeep(config: RegistryConfig, parts: UpkeepParts): AsyncDisposable {
  const jobs = new Started();
  if (config.isReadOnly) return jobs;
  const { log, clock, registry, driver } = parts;
  const ago = (ms: number): Date => new Date(clock.now().getTime() - ms);
  const { uploadPurging: purging, collection } = config;
  if (purging) {
    const { ageMs, intervalMs, isDryRun } = purging;
    const purge = async (): Promise<void> => {
      const purged = await registry.purgeUploads(ago(ageMs), { isDryRun });
      if (purged.length > 0)
        log.info(isDryRun ? 'uploads would be purged' : 'uploads purged', { count: purged.length });
    };
    jobs.add(repeat('purge of uploads', intervalMs, log, purge));
  }
  if (collection) {
    const { intervalMs, ...rules } = collection;
    const stop = new AbortController();
    const collect = async (): Promise<void> => {
      const { collectWhileServing } = await import('../gc/collect-while-serving.ts');
      await collectWhileServing({ driver, clock, log, ...rules, retention: config.retention, signal: stop.signal });
    };
    jobs.add(repeat('garbage collection', intervalMs, log, collect));
    jobs.add({ [Symbol.asyncDispose]: async () => stop.abort() }); // it goes on where it was, the next time
  }
  return jobs;
}
