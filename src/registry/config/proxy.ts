import { type Clock, errorMessage, type Log, packageVersion } from '../../core/index.ts';
import type { StorageDriver } from '../../storage/index.ts';
import type { RegistryEndpoint } from '../client/index.ts';
import { credentialsFrom } from '../proxy/credential-helper.ts';
import { expireProxied } from '../proxy/expire.ts';
import { Upstream } from '../proxy/upstream.ts';
import type { ProxyConfig } from './config.ts';

const MAX_EXPIRY_INTERVAL_MS = 60 * 60_000;

/** A pull-through cache's other registry, and the timer that lets go of old copies. */
export interface RunningProxy extends AsyncDisposable {
  readonly upstream: Upstream;
}

interface ProxyParts {
  readonly driver: StorageDriver;
  readonly log: Log;
  readonly clock: Clock;
  /** Where the other registry really is. */
  readonly upstream: (Omit<RegistryEndpoint, 'baseUrl'> & { readonly baseUrl?: string }) | undefined;
}

export function startProxy(config: ProxyConfig, { driver, log, clock, upstream: place }: ProxyParts): RunningProxy {
  const { remoteUrl, username, password, exec, ttlMs } = config;
  const upstream = new Upstream(
    {
      baseUrl: remoteUrl,
      ...place,
      userAgent: `trustsandbox/${packageVersion}`,
      ...(username !== undefined && { credentials: { kind: 'password', username, password: password ?? '' } }),
    },
    log,
    exec && { get: () => credentialsFrom(exec.command, remoteUrl), lifetimeMs: exec.lifetimeMs, clock },
  );
  let running: Promise<void> = Promise.resolve();
  const expire = async (): Promise<void> => {
    try {
      const expired = await expireProxied(driver, new Date(clock.now().getTime() - ttlMs));
      if (expired.manifests + expired.blobs + expired.tags > 0) log.info('copies expired', { ...expired });
    } catch (error) {
      log.error('expiry of copies failed', { reason: errorMessage(error) });
    }
  };
  const timer =
    ttlMs > 0
      ? setInterval(
          () => {
            running = running.then(expire);
          },
          Math.min(ttlMs, MAX_EXPIRY_INTERVAL_MS),
        ).unref()
      : undefined;
  return {
    upstream,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
      await upstream[Symbol.asyncDispose]();
    },
  };
}
