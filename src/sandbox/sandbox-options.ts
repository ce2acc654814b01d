import type { Clock, Log } from '../core/index.ts';
import type { ComposePlan } from './compose/plan.ts';
import type { EventLog } from './front/event-log.ts';
import type { ProjectPaths } from './project.ts';
import type { SandboxSettings } from './service.ts';

/** What a sandbox is started with. */
export interface SandboxOptions {
  readonly plan: ComposePlan;
  readonly planDigest: string;
  readonly composeFile: string | null;
  /** Services to start, and those they depend on; all when absent. */
  readonly services?: readonly string[];
  /** Ids of the containers of services that are known from before, by name. */
  readonly containerIds?: ReadonlyMap<string, string>;
  readonly paths: ProjectPaths;
  readonly settings: SandboxSettings;
  /** The machine's time. */
  readonly clock: Clock;
  /** The bundled program, which boxes need. */
  readonly programFile: string;
  /** Whether boxes do without namespaces. */
  readonly hasPlainBoxes: boolean;
  /** A log for each service, by name. `clock` is the project's. */
  readonly openLog: (service: string, clock: Clock, events: EventLog) => Log;
  /** 0 to 1, for faults. */
  readonly random?: () => number;
}

/** What a sandbox is changed to while it runs. */
export interface SandboxChange extends Pick<SandboxOptions, 'plan' | 'planDigest' | 'composeFile' | 'services'> {
  /** Services that the plan has not since their profile is off: those that are there stay. */
  readonly disabled: readonly string[];
  /** Whether services are started anew though nothing of theirs changed. */
  readonly isAnew: boolean;
}
