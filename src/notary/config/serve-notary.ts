import { randomBytes } from 'node:crypto';
import { type Clock, errorMessage, type Log, Started, systemClock } from '../../core/index.ts';
import { ensureFolder } from '../../files/index.ts';
import { isBeyondLoopback, type Listener, listen } from '../../http/index.ts';
import { createNotaryServer, type NotaryServer } from '../http/server.ts';
import { MIN_SECRET_BYTES } from '../keys/key-vault.ts';
import { type OpenServerKeys, openServerKeys, type TrustService } from '../keys/open-server-keys.ts';
import type { SecretSource } from '../keys/secret-source.ts';
import { openNotaryDatabase } from '../store/schema.ts';
import { secretOf } from './key-secret.ts';
import { openDebug } from './open-debug.ts';
import { openPolicy } from './policy.ts';
import { findFixedChanges } from './reloadable.ts';
import { startRetention } from './retention-watch.ts';
import type { ServerConfig } from './server-config.ts';
import { readTls } from './tls-files.ts';

export interface ServeNotaryOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** Where the server keeps what nobody told it to keep elsewhere: its database, and the secret that seals its keys. */
  readonly stateFolder: string;
}

/** A Notary server on its socket. Disposing stops it at once; `stop` lets it finish first. */
export interface ServedNotary extends AsyncDisposable {
  readonly listener: Listener;
  /** Of health and metrics on an address of their own, where there is one. */
  readonly debugUrl: string | undefined;
  /**
   * Certificates and keys of tokens anew, and what of `config` can change while the server runs. What cannot be read stays as it
   * was, and is logged; so is what a restart is needed for.
   */
  reload(config: ServerConfig): Promise<void>;
  /** Takes no more requests, waits for those being served, then stops. */
  stop(): Promise<void>;
}

/**
 * Builds and starts what `config` says.
 * @throws {CredentialFileError | SecretFileError | WrongSecretError | SignerTlsError} a file is of no use
 * @throws {MigrationError | DatabaseUnavailableError} the database cannot be used
 * @throws {NodeJS.ErrnoException} a certificate cannot be read, or the address cannot be listened on
 */
export async function serveNotary(config: ServerConfig, options: ServeNotaryOptions): Promise<ServedNotary> {
  const { log, clock = systemClock, stateFolder } = options;
  const tls = config.tls && (await readTls(config.tls));
  await ensureFolder(stateFolder, 0o700);
  await using started = new Started();
  const database = started.add(await openNotaryDatabase(config.database));
  const keys = started.add(await openServerKeys(trustServiceOf(config, stateFolder), { database, clock, log }));
  const server = createNotaryServer({
    database,
    keys,
    clock,
    log,
    ...openPolicy(config, { log, clock }),
    healthChecks:
      config.trustService.kind === 'remote' ? new Map([['Trust operational', () => keys.health()]]) : new Map(),
    hasAudit: config.hasAudit,
    trustedProxies: config.trustedProxies,
    ...(config.maxUploadBytes !== undefined && { maxUploadBytes: config.maxUploadBytes }),
  });
  started.add(startRetention(config, { database, clock, log }));
  const debug = config.debugAddress && started.add(await openDebug(config.debugAddress, server));
  const listener = started.add(await listen(server.app, config.address, tls));
  warnOfExposure(config, listener, log);
  const running = started.keep();
  return {
    listener,
    debugUrl: debug?.url,
    reload: (renewed) => reload(config, renewed, { listener, server, keys, log, clock }),
    async stop() {
      await listener.drain(config.drainMs);
      await running[Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** A store in memory forgets its keys with everything else, and needs no file for the secret they are sealed with. */
function trustServiceOf(config: ServerConfig, stateFolder: string): TrustService {
  if (config.trustService.kind === 'remote') return config.trustService;
  const passing: SecretSource = { kind: 'bytes', bytes: randomBytes(MIN_SECRET_BYTES) };
  return { ...config.trustService, secret: secretOf(config, stateFolder) ?? passing };
}

interface Running {
  readonly listener: Listener;
  readonly server: NotaryServer;
  readonly keys: OpenServerKeys;
  readonly log: Log;
  readonly clock: Clock;
}

async function reload(config: ServerConfig, renewed: ServerConfig, running: Running): Promise<void> {
  const { listener, server, keys, log } = running;
  const steps: readonly (() => Promise<void> | void)[] = [
    async () => config.tls && renewed.tls && listener.renewTls(await readTls(renewed.tls)),
    () => keys.reload(),
    () => server.reconfigure(openPolicy(renewed, running)),
  ];
  for (const renew of steps) {
    try {
      await renew();
    } catch (error) {
      log.error('reload failed: what was there before stays in force', { why: errorMessage(error) });
    }
  }
  for (const setting of findFixedChanges(config, renewed)) log.warn('this needs a restart to take effect', { setting });
  log.info('reloaded');
}

/** What makes the server less safe than it would be by itself is said when it starts. */
function warnOfExposure({ auth, tls }: ServerConfig, { address, url }: Listener, log: Log): void {
  if (!isBeyondLoopback(address)) return;
  log.warn('listening beyond loopback: others can reach this server', { url });
  if (!auth && !tls?.clientCa) log.warn('no auth: whoever reaches this server may publish and delete', { url });
  if (!tls) log.warn('no TLS: unless a proxy speaks it, tokens can be read and answers be changed on the way', { url });
}
