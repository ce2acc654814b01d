/** One request and its answer, in whatever they are spoken: what a front needs to know of them and may do to them. */
export interface Exchange {
  readonly request: ExchangeRequest;
  /** Whether nobody waits for the answer any more. */
  readonly isOver: boolean;
  /** Is told once, when it is over. */
  onOver(listener: (outcome: Outcome) => void): void;
  /** Lets the service have it. */
  proceed(): void;
  /** Answers in the service's place; `status` is HTTP's. */
  refuse(status: number): void;
  /** Ends the connection. */
  cut(): void;
  /** Ends the connection once so many bytes of the answer are sent; `half` of it where its length is known. Before `proceed`. */
  truncate(limit: number | 'half'): void;
  /** Before `proceed`. */
  slow(bytesPerSecond: number): void;
}

export interface ExchangeRequest {
  readonly method: string;
  /** Without its query, which may hold tokens. */
  readonly path: string;
  readonly userAgent: string;
  /** The service from whose box it came, or which asked itself; undefined of what came from the host. */
  readonly from: string | undefined;
}

/** How an exchange ended. `status` as its protocol has it: a number of HTTP's, a name of gRPC's; 0 when it was cut. */
export interface Outcome {
  readonly status: number | string;
  readonly isCut: boolean;
}
