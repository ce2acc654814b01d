/** One request that was answered, for metrics and logs. */
export interface RequestSummary {
  readonly method: string;
  /** Pattern of its path, not the path: there are few of them. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  /** Bytes of the body that was sent, as announced; 0 when unknown. */
  readonly responseBytes: number;
}

/** Is told of each request once it was answered. Must not throw. */
export type ObserveRequest = (summary: RequestSummary) => void;
