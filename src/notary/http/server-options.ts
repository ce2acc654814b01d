import type { IncomingHttpHeaders } from 'node:http';
import type { Clock, Log } from '../../core/index.ts';
import type { ObserveRequest } from '../../http/index.ts';
import type { ServerKeys } from '../keys/server-keys.ts';
import type { NotaryDatabase } from '../store/schema.ts';
import type { CacheAges } from './reply.ts';
import type { Access } from './routes.ts';

/** What a Notary server is made of. */
export interface NotaryServerOptions {
  readonly database: NotaryDatabase;
  /** The keys it signs with: at least 32 random bytes that seal them in the database, or another keeper of keys. */
  readonly keys: { readonly secret: Uint8Array } | ServerKeys;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly cacheAges?: CacheAges;
  /** Only collections that begin with one of these; all when empty. */
  readonly gunPrefixes?: readonly string[];
  /** Is what is done noted in the audit log? It is, unless told otherwise. */
  readonly hasAudit?: boolean;
  /** Largest body of an update, in bytes. */
  readonly maxUploadBytes?: number;
  /**
   * Throws a `WireError` when `authorization` (the header) does not allow `access`; `accessAuthorizer` makes one of an
   * access controller. Everything is allowed without it. Resolves to who asks, where that is known.
   */
  readonly authorize?: (
    access: Access,
    authorization: string | undefined,
    headers: IncomingHttpHeaders,
  ) => Promise<string | undefined>;
  /** IP addresses of proxies that are believed when they say whom they ask for (`X-Forwarded-For`). */
  readonly trustedProxies?: readonly string[];
  /** What else than the database has to be well, by the name that `/_notary_server/health` says it under. */
  readonly healthChecks?: ReadonlyMap<string, () => Promise<void>>;
  /** Is told of each request once it was answered. */
  readonly observe?: ObserveRequest | undefined;
}

/** What can be changed while the server runs. */
export type ServerPolicy = Pick<NotaryServerOptions, 'cacheAges' | 'gunPrefixes' | 'authorize'>;
