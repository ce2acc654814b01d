import { access } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Log } from '../../core/index.ts';
import { Health, type HealthCheck } from '../../http/index.ts';
import { parseStorageKey, type StorageDriver } from '../../storage/index.ts';
import type { HealthCheck as HealthSettings } from './config.ts';

/** A key that is asked for to see whether the storage answers; nothing need be there. */
const ROOT = parseStorageKey('docker/registry/v2');

/** Looks at what the configuration names, each as often as it says, until disposed of. */
export interface HealthWatch extends AsyncDisposable {
  readonly health: Health;
}

export function startHealthWatch(
  settings: readonly HealthSettings[],
  { driver, log }: { readonly driver: StorageDriver; readonly log: Log },
): HealthWatch {
  const named = settings.map((each) => ({ name: nameOf(each), each }));
  const checks: HealthCheck[] = named.map(({ name, each }) => ({
    name,
    threshold: each.threshold,
    check: (signal) => check(each, driver, signal),
  }));
  const health = new Health(checks);
  const timers = named.map(({ name, each }) =>
    setInterval(async () => {
      const before = health.report().get(name);
      await health.run(name);
      const now = health.report().get(name);
      if (now !== undefined && before === undefined) log.error('unhealthy', { check: name, reason: now });
      if (now === undefined && before !== undefined) log.info('healthy again', { check: name });
    }, each.intervalMs).unref(),
  );
  return {
    health,
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

function nameOf(settings: HealthSettings): string {
  switch (settings.kind) {
    case 'storage':
      return 'storagedriver';
    case 'file':
      return settings.path;
    case 'http':
      return settings.url;
    case 'tcp':
      return settings.address;
  }
}

async function check(settings: HealthSettings, driver: StorageDriver, signal: AbortSignal): Promise<void> {
  switch (settings.kind) {
    case 'storage':
      await driver.stat(ROOT);
      return;
    case 'file':
      return checkFile(settings.path);
    case 'http':
      return checkHttp(settings, signal);
    case 'tcp':
      return checkTcp(settings.address, settings.timeoutMs);
  }
}

/** The file is a switch: while it is there, the server is out of service (distribution, `health.file`). */
async function checkFile(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw new Error('file exists');
}

async function checkHttp(
  { url, status, headers, timeoutMs }: Extract<HealthSettings, { kind: 'http' }>,
  signal: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const response = await fetch(url, { method: 'HEAD', headers, redirect: 'manual', signal: limit });
  await response.body?.cancel();
  if (response.status !== status) throw new Error(`answered ${response.status}, not ${status}`);
}

function checkTcp(address: string, timeoutMs: number): Promise<void> {
  const colon = address.lastIndexOf(':');
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address.slice(0, colon),
      port: Number(address.slice(colon + 1)),
      timeout: timeoutMs,
    });
    const settle = (then: () => void): void => {
      socket.destroy();
      then();
    };
    socket.once('connect', () => settle(resolve));
    socket.once('timeout', () => settle(() => reject(new Error(`no answer within ${timeoutMs} ms`))));
    socket.once('error', (error) => settle(() => reject(error)));
  });
}
