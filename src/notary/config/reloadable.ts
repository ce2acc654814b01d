import { isDeepStrictEqual } from 'node:util';
import type { ServerConfig } from './server-config.ts';

/** By its setting's name, what a running server cannot change. */
const FIXED: Readonly<Record<string, (config: ServerConfig) => unknown>> = {
  'server.http_addr': ({ address }) => address,
  'server.tls_cert_file': ({ tls }) => tls !== undefined,
  'server.client_ca_file': ({ tls }) => tls?.clientCa !== undefined,
  trust_service: ({ trustService }) => trustService,
  storage: ({ database }) => database,
  'trustsandbox.audit': ({ hasAudit }) => hasAudit,
  'trustsandbox.retention': ({ retention }) => retention,
  'trustsandbox.max_upload_bytes': ({ maxUploadBytes }) => maxUploadBytes,
  'trustsandbox.debug_addr': ({ debugAddress }) => debugAddress,
  'trustsandbox.trusted_proxies': ({ trustedProxies }) => trustedProxies,
  'trustsandbox.drain_timeout': ({ drainMs }) => drainMs,
};

/** Names of the settings that differ and need a restart. */
export function findFixedChanges(running: ServerConfig, renewed: ServerConfig): readonly string[] {
  return Object.entries(FIXED).flatMap(([name, of]) => (isDeepStrictEqual(of(running), of(renewed)) ? [] : [name]));
}
