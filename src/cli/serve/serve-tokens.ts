import { type Clock, errorMessage, type Log } from '../../core/index.ts';
import {
  createTokenApp,
  Grants,
  Htpasswd,
  isBeyondLoopback,
  type Listener,
  listen,
  TokenIssuer,
} from '../../http/index.ts';
import { readTls } from '../../registry/index.ts';
import { openSigningKey } from './signing-key-files.ts';
import type { TokenServerConfig } from './token-config.ts';

/** A server of tokens on its socket. */
export interface ServedTokens {
  readonly listener: Listener;
  /** Certificate and users anew; what cannot be read stays as it was, and is logged. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts what `config` says. @throws {CredentialFileError | SigningKeyError | NodeJS.ErrnoException} a file is of no use */
export async function serveTokens(
  config: TokenServerConfig,
  { log, clock }: { readonly log: Log; readonly clock: Clock },
): Promise<ServedTokens> {
  const { http, grants, hosts, issuer, services, tokenSeconds, refreshSeconds } = config;
  const users = new Htpasswd(config.users);
  const key = await openSigningKey(config, clock);
  const tokens = new TokenIssuer({
    issuer,
    services,
    users,
    grants: new Grants(grants, hosts),
    key,
    tokenSeconds,
    refreshSeconds,
    clock,
  });
  const app = createTokenApp(tokens, { log: config.log.hasAccessLog ? log : { ...log, info: () => undefined } });
  const listener = await listen(app, http.address, http.tls && (await readTls(http.tls)));
  if (isBeyondLoopback(listener.address)) {
    log.warn('listening beyond loopback: others can reach this server', { url: listener.url });
    if (!http.tls) log.warn('no TLS: unless a proxy speaks it, passwords can be read on the way');
  }
  return {
    listener,
    async reload() {
      try {
        if (http.tls) listener.renewTls(await readTls(http.tls));
        users.reload();
        log.info('reloaded');
      } catch (error) {
        log.error('reload failed: what was there before stays in force', { why: errorMessage(error) });
      }
    },
    async stop() {
      await listener.drain(http.drainMs);
      await listener[Symbol.asyncDispose]();
    },
  };
}
