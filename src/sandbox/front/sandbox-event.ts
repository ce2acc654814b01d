/** One thing that happened in a sandbox. `at` is by the project's clock. */
export interface SandboxEvent {
  readonly number: number;
  readonly at: string;
  readonly service: string;
  readonly kind: EventKind;
  /** What it is about and how it went: methods, paths, digests, codes. Never a secret. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/**
 * - `request`: answered, with status and milliseconds; `refused` beside it when the answer is a refusal
 * - `push`, `pull`, `mount`, `delete`: what a registry did
 * - `start`, `stop`, `pause`, `unpause`: a service's life
 * - `fault`: a request met a fault
 * - `clock`, `snapshot`, `restore`: the project's own
 * - `log`: a line of a service's log that says what it decided: publishes, key use, refusals
 */
export type EventKind =
  | 'request'
  | 'push'
  | 'pull'
  | 'mount'
  | 'delete'
  | 'start'
  | 'stop'
  | 'pause'
  | 'unpause'
  | 'fault'
  | 'clock'
  | 'snapshot'
  | 'restore'
  | 'log';

export type NewEvent = Omit<SandboxEvent, 'number' | 'at'>;
