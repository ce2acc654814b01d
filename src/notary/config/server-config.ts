import type { ListenAddress } from '../../http/index.ts';
import type { CacheAges } from '../http/reply.ts';
import type { KeyAlgorithm } from '../keys/key-algorithm.ts';
import type { TrustService } from '../keys/open-server-keys.ts';
import type { SecretSource } from '../keys/secret-source.ts';
import type { Retention } from '../store/retention.ts';

/** Levels of a log, most important first. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** PEM files of a server; with `clientCa` its clients must show a certificate of that authority. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string | undefined;
}

/** Who keeps the keys. Of a `local` service without a secret of its own the program that serves decides where that is. */
export type TrustServiceConfig =
  | {
      readonly kind: 'local';
      readonly secret: SecretSource | undefined;
      /** Ed25519, as the original's, unless told. */
      readonly keyAlgorithm?: KeyAlgorithm;
    }
  | Extract<TrustService, { kind: 'remote' }>;

/** Tokens that requests must carry (distribution, "Token Authentication Specification"). */
export interface TokenAuthConfig {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  readonly rootCertBundle: string | undefined;
  readonly jwks: string | undefined;
  readonly signingAlgorithms: readonly string[] | undefined;
  readonly autoRedirectPath: string | undefined;
}

/** All that a Notary server is told, as notary-server 0.7's configuration file says it (`docs/notary.md`). */
export interface ServerConfig {
  readonly address: ListenAddress;
  /** `undefined`: plain HTTP. */
  readonly tls: TlsFiles | undefined;
  readonly trustService: TrustServiceConfig;
  /** As `openNotaryDatabase` takes it. */
  readonly database: string;
  readonly auth: TokenAuthConfig | undefined;
  readonly cacheAges: CacheAges;
  readonly gunPrefixes: readonly string[];
  readonly logLevel: LogLevel;
  readonly hasAudit: boolean;
  /** What is kept of old versions; everything, unless told otherwise. */
  readonly retention: Retention;
  readonly maxUploadBytes: number | undefined;
  /** Where health and metrics are asked for, beside the server's own paths. */
  readonly debugAddress: ListenAddress | undefined;
  /** Addresses of proxies that are believed when they say whom they ask for. */
  readonly trustedProxies: readonly string[];
  /** How long requests that are being served may go on after the signal to stop. */
  readonly drainMs: number;
}
