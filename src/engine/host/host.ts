import { TrustSandboxError } from '../../core/index.ts';
import type { HostContainer, HostNetwork, HostVolume } from './container.ts';
import type { LogEntry, LogRequest } from './log-entry.ts';
import type { HostProcess, ProcessRequest } from './process.ts';

/** How a container ends: asked to within `timeoutMs`, or by a signal that can't be refused. */
export interface StopRequest {
  readonly timeoutMs: number;
}

/** A change in a container's life; `exitCode` of one that ended. */
export interface HostEvent {
  readonly action: 'start' | 'die' | 'stop';
  readonly id: string;
  readonly exitCode?: number;
}

/** One process of a container, as `ps -ef` shows it. */
export interface ProcessLine {
  readonly user: string;
  readonly pid: number;
  readonly parent: number;
  readonly startedAt: Date;
  readonly cpuSeconds: number;
  readonly command: string;
}

/**
 * Whoever plays containers, networks and volumes to the Engine API. Ids are whole; the API finds them by name or by
 * their first digits. Nothing can be made or removed by it: that is the host's own affair.
 */
export interface EngineHost {
  containers(): readonly HostContainer[];
  networks(): readonly HostNetwork[];
  volumes(): readonly HostVolume[];
  /** Nothing happens to one that runs. */
  start(id: string): Promise<void>;
  /** Nothing happens to one that does not run. */
  stop(id: string, request: StopRequest): Promise<void>;
  logs(id: string, request: LogRequest): AsyncIterable<LogEntry>;
  /** @throws {ProcessRefusedError} there is no such command, or it can't be run */
  run(id: string, request: ProcessRequest): Promise<HostProcess>;
  processes(id: string): Promise<readonly ProcessLine[]>;
  /** Tells of what happens from now on; returns what ends it. */
  subscribe(listener: (event: HostEvent) => void): () => void;
}

/** A command can't be run in a container; `status` is what it would have ended with, 126 or 127. */
export class ProcessRefusedError extends TrustSandboxError {
  readonly code = 'ENGINE_PROCESS_REFUSED';
  readonly status: 126 | 127;
  constructor(message: string, status: 126 | 127, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
