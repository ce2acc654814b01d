/** One line of a container's log, without its end. */
export interface LogEntry {
  readonly stream: 'stdout' | 'stderr';
  readonly at: Date;
  readonly text: string;
}

export interface LogRequest {
  /** Goes on with what is yet to come, until `signal` aborts or the container ends. */
  readonly follows: boolean;
  /** This many lines from the end; undefined for all. */
  readonly tail: number | undefined;
  readonly since: Date | undefined;
  readonly until: Date | undefined;
  readonly signal: AbortSignal;
}
