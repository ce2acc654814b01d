import type { Clock, Log } from '../core/index.ts';
import type { CertificateAndKey } from '../pki/index.ts';
import type { ServicePlan } from './compose-file.ts';
import type { HostedServices } from './engine-host/host.ts';
import type { NetworkNames } from './network-names.ts';
import type { ProjectPaths } from './project.ts';

/** What a service is started with. */
export interface ServiceContext {
  readonly plan: ServicePlan;
  readonly paths: ProjectPaths;
  /** Loopback address this service may listen on. */
  readonly address: string;
  /** Whether the address is this service's alone; else ports of the page may be taken and free ones are used. */
  readonly ownsAddress: boolean;
  readonly ca: CertificateAndKey;
  /** The other services, by name. */
  readonly names: NetworkNames;
  /** The whole sandbox, to be shown by an Engine. */
  readonly hosted: HostedServices;
  readonly settings: SandboxSettings;
  readonly clock: Clock;
  readonly log: Log;
}

/** What may be set for a whole sandbox. */
export interface SandboxSettings {
  /** Length of one "second" of the Engine's retry countdown, in milliseconds. 1000 but in demonstrations. */
  readonly retrySecondMs: number;
}

export const DEFAULT_SETTINGS: SandboxSettings = { retrySecondMs: 1000 };

/** A service that runs until disposed of. What it keeps stays on disk. */
export interface RunningService extends AsyncDisposable {
  /** Port it listens on at its address. */
  readonly port?: number;
  /** The Engine's unix socket. */
  readonly engineSocket?: string;
  /** Folders of the service that its box shows, besides the plan's mounts. */
  readonly mounts: readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[];
}

export type StartService = (context: ServiceContext) => Promise<RunningService>;

/** The folder of the host that lies at `target` inside the service: a planned mount, or one of the service's own. */
export function folderAt({ plan, paths }: Pick<ServiceContext, 'plan' | 'paths'>, target: string, own: string): string {
  const mount = plan.mounts.find((candidate) => candidate.target === target);
  if (!mount) return paths.service(plan.name, own);
  return mount.source.kind === 'volume' ? paths.volume(mount.source.name) : mount.source.path;
}
