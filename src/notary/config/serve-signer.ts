import type { Server } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, errorMessage, type Log, Started } from '../../core/index.ts';
import { isBeyondLoopback } from '../../http/index.ts';
import type { SignerGate } from '../signer/call-gate.ts';
import { openSignerKeys, type SignerStorage } from '../signer/open-signer-keys.ts';
import { startSignerServer } from '../signer/signer-server.ts';
import type { SignerConfig } from './signer-config.ts';
import { readPassphrases } from './signer-passphrases.ts';

/** A signer on its socket. */
export interface ServedSigner extends AsyncDisposable {
  /** `grpcs://host:port`, for people. */
  readonly url: string;
  readonly port: number;
  /** What listens. */
  readonly server: Server;
  /** Certificates and passphrases anew. What cannot be read stays as it was, and is logged; so is what a restart is needed for. */
  reload(config: SignerConfig): Promise<void>;
  /** Takes no more calls, waits for those being answered, then stops. */
  stop(): Promise<void>;
}

/**
 * Builds and starts what `config` says.
 * @throws {AliasPassphraseError | SecretFileError | SignerTlsError | GrpcMissingError}
 * @throws {MigrationError | DatabaseUnavailableError | DatabaseDriverMissingError} the database cannot be used
 * @throws {NodeJS.ErrnoException} the address cannot be listened on
 */
export async function serveSigner(
  config: SignerConfig,
  { log, clock, gate }: { readonly log: Log; readonly clock: Clock; readonly gate?: SignerGate },
): Promise<ServedSigner> {
  const { address, tls, drainMs } = config;
  await using started = new Started();
  const { keys } = started.add(await openSignerKeys(await storageOf(config), { clock, log }));
  const server = started.add(await startSignerServer({ keys, address, tls, clock, log, gate }));
  if (isBeyondLoopback({ kind: 'tcp', ...address }) && tls.caFile === undefined)
    log.warn('no client_ca_file: whoever reaches this signer may make keys and sign with all of them');
  const running = started.keep();
  const host = server.host.includes(':') ? `[${server.host}]` : server.host;
  return {
    url: `grpcs://${host}:${server.port}`,
    port: server.port,
    server: server.server,
    async reload(renewed) {
      const steps = [
        () => server.reload(),
        async () => {
          if (renewed.storage.kind === 'database' && config.storage.kind === 'database')
            await keys.renew(await readPassphrases(renewed), renewed.storage.defaultAlias);
        },
      ];
      for (const renew of steps) {
        await renew().catch((error: unknown) => {
          log.error('reload failed: what was there before stays in force', { why: errorMessage(error) });
        });
      }
      for (const setting of findFixedChanges(config, renewed))
        log.warn('this needs a restart to take effect', { setting });
      log.info('reloaded');
    },
    async stop() {
      await server.drain(drainMs);
      await running[Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

async function storageOf(config: SignerConfig): Promise<SignerStorage> {
  const { storage } = config;
  return storage.kind === 'memory' ? storage : { ...storage, passphrases: await readPassphrases(config) };
}

/** Names of the settings that differ and need a restart. */
function findFixedChanges(running: SignerConfig, renewed: SignerConfig): string[] {
  const where = ({ storage }: SignerConfig) => (storage.kind === 'memory' ? storage : storage.location);
  const fixed: readonly [string, (config: SignerConfig) => unknown][] = [
    ['server.grpc_addr', ({ address }) => address],
    ['server (certificate files)', ({ tls }) => tls],
    ['storage', where],
  ];
  return fixed.flatMap(([name, of]) => (isDeepStrictEqual(of(running), of(renewed)) ? [] : [name]));
}
