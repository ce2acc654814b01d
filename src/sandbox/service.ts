import type { Server } from 'node:net';
import type { Clock, Log } from '../core/index.ts';
import type { Gate } from '../http/index.ts';
import type { CertificateAndKey } from '../pki/index.ts';
import type { ServicePlan } from './compose/plan.ts';
import type { HostedServices } from './engine-host/host.ts';
import type { Exchange } from './front/exchange.ts';
import type { FindViewer } from './front/http-exchange.ts';
import type { NewEvent } from './front/sandbox-event.ts';
import type { NetworkNames } from './network-names.ts';
import type { ProjectPaths } from './project.ts';

/** What a service is started with. */
export interface ServiceContext {
  readonly plan: ServicePlan;
  readonly paths: ProjectPaths;
  /** Loopback address this service may listen on. */
  readonly address: string;
  /** All addresses it is found at. */
  readonly addresses: readonly string[];
  /** Whether the address is this service's alone; else ports of the page may be taken and free ones are used. */
  readonly ownsAddress: boolean;
  readonly ca: CertificateAndKey;
  /** Names that its certificate is for. */
  readonly ownNames: readonly string[];
  /** The services it shares a network with, by name, at the doors that are for it. */
  readonly names: NetworkNames;
  /** The whole sandbox, to be shown by an Engine. */
  readonly hosted: HostedServices;
  readonly settings: SandboxSettings;
  /** The project's time. */
  readonly clock: Clock;
  /** The machine's, by which TLS libraries judge certificates. */
  readonly machineClock: Clock;
  readonly log: Log;
  /** What each HTTP request has to pass. */
  readonly gate: Gate;
  /** The same for requests in other protocols. */
  readonly enter: (exchange: Exchange) => void;
  readonly findViewer: FindViewer;
  /** From which service's box the latest request of `127.0.0.1:40000` came. */
  readonly findAsker: (remote: string) => string | undefined;
  readonly emit: (event: Omit<NewEvent, 'service'>) => void;
}

/** What may be set for a whole sandbox. */
export interface SandboxSettings {
  /** Length of one "second" of the Engine's retry countdown, in milliseconds. 1000 but in demonstrations. */
  readonly retrySecondMs: number;
}

export const DEFAULT_SETTINGS: SandboxSettings = { retrySecondMs: 1000 };

/** A service that runs until disposed of. What it keeps stays on disk. */
export interface RunningService extends AsyncDisposable {
  /** What listens at its address, that which `port` is of first. */
  readonly servers?: readonly Server[];
  /** Port it listens on at its address. */
  readonly port?: number;
  /** The port others know it by, where that is not the one of its kind. */
  readonly knownPort?: number;
  /** The Engine's unix socket. */
  readonly engineSocket?: string;
  /** `https` or `http`, of one that speaks either. */
  readonly scheme?: 'http' | 'https';
  /** Folders of the service that its box shows, besides the plan's mounts. */
  readonly mounts: readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[];
}

export type StartService = (context: ServiceContext) => Promise<RunningService>;
