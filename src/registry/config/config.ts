import type { S3Options } from '../../storage/index.ts';
import type { RetentionPolicy } from '../gc/retention.ts';
import type { EndpointSettings } from '../notifications/endpoint.ts';
import type { UrlRules } from '../url-rules.ts';
import type { AuthConfig } from './auth.ts';
import type { HttpConfig } from './http.ts';

/** Where blobs, manifests and tags are. */
export type StorageConfig =
  | { readonly kind: 'filesystem'; readonly rootDirectory: string }
  | { readonly kind: 'inmemory' }
  | { readonly kind: 's3'; readonly options: S3Options };

/** Uploads that were begun and given up. Milliseconds. */
export interface UploadPurging {
  readonly ageMs: number;
  readonly intervalMs: number;
  /** Only say what would be removed. */
  readonly isDryRun: boolean;
}

/** Garbage collection while the registry serves: a setting of ours, `storage.maintenance.collection`. Milliseconds. */
export interface CollectionConfig {
  readonly intervalMs: number;
  readonly graceMs: number;
  readonly deleteUntagged: boolean;
}

/** A registry that this one keeps copies of. */
export interface ProxyConfig {
  readonly remoteUrl: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Program that knows the credentials (docker's credential helper protocol), and how long they are good, in milliseconds. */
  readonly exec: { readonly command: string; readonly lifetimeMs: number | undefined } | undefined;
  /** How long a copy is kept, in milliseconds; 0 for ever. */
  readonly ttlMs: number;
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface LogConfig {
  readonly level: LogLevel;
  /** `undefined`: text in a terminal, JSON elsewhere. */
  readonly formatter: 'text' | 'json' | 'logstash' | undefined;
  /** On every line. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** A line for each request? */
  readonly hasAccessLog: boolean;
}

/** Something else that has to be well for this registry to be. */
export type HealthCheck = { readonly intervalMs: number; readonly threshold: number } & (
  | { readonly kind: 'storage' }
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly status: number;
      readonly timeoutMs: number;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'tcp'; readonly address: string; readonly timeoutMs: number }
);

/** All that a registry is told, as distribution's configuration file says it ("Configuring a registry", 2.8 and 3). */
export interface RegistryConfig {
  readonly storage: StorageConfig;
  readonly isDeleteEnabled: boolean;
  /** May a client be sent to the storage for a blob, where the storage can do that? */
  readonly mayRedirect: boolean;
  readonly isReadOnly: boolean;
  readonly uploadPurging: UploadPurging | undefined;
  readonly collection: CollectionConfig | undefined;
  /** What every collection keeps, one by command too. */
  readonly retention: RetentionPolicy;
  readonly http: HttpConfig;
  readonly auth: AuthConfig | undefined;
  readonly log: LogConfig;
  readonly health: readonly HealthCheck[];
  readonly notifications: { readonly endpoints: readonly EndpointSettings[]; readonly includesReferences: boolean };
  readonly proxy: ProxyConfig | undefined;
  /** Which URLs manifests may name; `undefined` for any. */
  readonly urlRules: UrlRules | undefined;
  /** Most repositories of one answer, and how many when the client does not say. */
  readonly catalogMaxEntries: number;
  /** Most tags of one answer; `undefined` for no limit. */
  readonly maxTags: number | undefined;
}
