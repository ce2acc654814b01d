import type { Clock, Log } from '../../core/index.ts';
import type { Gate } from '../../http/index.ts';
import type { EngineHost } from '../host/host.ts';
import type { RegistriesConfig } from '../registries/configured-endpoints.ts';

/** What the API tells of the program it is part of. */
export interface EngineApiSettings {
  /** Our version. */
  readonly version: string;
  readonly startedAt: Date;
  readonly clock: Clock;
  readonly log: Log;
  /** The store's folder, for people. */
  readonly root?: string;
  /** Plays containers, networks and volumes; without one there are none. */
  readonly host: EngineHost;
  /** Registries that are configured, for `info`. */
  readonly registries?: RegistriesConfig;
  /** What each request has to pass first, those that take connections over excepted. */
  readonly gate?: Gate;
}
