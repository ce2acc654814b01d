import type { Exchange, ExchangeRequest, Outcome } from './exchange.ts';
import { type Fault, isMatch } from './fault.ts';
import type { NewEvent } from './sandbox-event.ts';

/** Request that may wait for others of its kind, by the end of its path. */
const ENDLESS = /\/(?:events|attach|logs|wait|exec\/[^/]+\/start|Health\/Watch)$/;
const WRITES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export interface FrontOptions {
  readonly service: string;
  readonly emit: (event: NewEvent) => void;
  /** 0 to 1, for faults that hit a share of requests. */
  readonly random: () => number;
}

/** A set fault, and how often it may still strike. */
interface ActiveFault {
  readonly fault: Fault;
  left: number;
}

/** What every request to one service meets first: it is held while the service is paused or copied, disturbed, and told of. */
export class Front {
  readonly #options: FrontOptions;
  #faults: ActiveFault[] = [];
  #holds = 0;
  #isPaused = false;
  #waiting: (() => void)[] = [];
  #writing = 0;
  #settled: (() => void)[] = [];

  constructor(options: FrontOptions) {
    this.#options = options;
  }

  get faults(): readonly Fault[] {
    return this.#faults.map(({ fault }) => fault);
  }

  set faults(faults: readonly Fault[]) {
    this.#faults = faults.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }));
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** While paused, requests wait; their connections stay open, as those of a container that is frozen. */
  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    this.#release();
  }

  /** Lets no new request pass until released, and waits for those that write, `timeoutMs` at most. Tells whether all are done. */
  async hold(timeoutMs: number): Promise<{ readonly isQuiet: boolean; release(): void }> {
    this.#holds += 1;
    const isQuiet = await this.#quiet(timeoutMs);
    let isHeld = true;
    return {
      isQuiet,
      release: () => {
        if (isHeld) this.#holds -= 1;
        isHeld = false;
        this.#release();
      },
    };
  }

  /** Has a request wait, go wrong, or go on to the service. */
  enter(exchange: Exchange): void {
    const startedAt = performance.now();
    const { request } = exchange;
    exchange.onOver((outcome) => this.#tell(request, outcome, performance.now() - startedAt));
    this.#pass(() => {
      const fault = this.#strike(request);
      if (fault) this.#disturb(fault, exchange);
      else this.#admit(exchange);
    });
  }

  #pass(then: () => void): void {
    if (this.#holds === 0 && !this.#isPaused) then();
    else this.#waiting.push(then);
  }

  #release(): void {
    if (this.#holds > 0 || this.#isPaused) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const then of waiting) this.#pass(then);
  }

  /** Writes are counted, so that whoever holds this front can wait for them. */
  #admit(exchange: Exchange): void {
    const { method, path } = exchange.request;
    if (WRITES.has(method) && !ENDLESS.test(path)) {
      this.#writing += 1;
      exchange.onOver(() => {
        this.#writing -= 1;
        if (this.#writing > 0) return;
        for (const done of this.#settled.splice(0)) done();
      });
    }
    exchange.proceed();
  }

  async #quiet(timeoutMs: number): Promise<boolean> {
    if (this.#writing === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
    });
    const done = new Promise<true>((resolve) => this.#settled.push(() => resolve(true)));
    return Promise.race([done, late]).finally(() => clearTimeout(timer));
  }

  /** The first fault set for such a request that has not struck often enough. */
  #strike(request: ExchangeRequest): Fault | undefined {
    const active = this.#faults.find(({ fault, left }) => left > 0 && isMatch(fault.match, request));
    if (!active) return undefined;
    if (active.fault.drop !== undefined && this.#options.random() >= active.fault.drop) return undefined;
    active.left -= 1;
    if (active.left <= 0) this.#faults = this.#faults.filter((other) => other !== active);
    return active.fault;
  }

  #disturb(fault: Fault, exchange: Exchange): void {
    const { latencyMs = 0, status, drop, truncate, bytesPerSecond } = fault;
    const { service, emit } = this.#options;
    const { method, path, from } = exchange.request;
    const { match: _match, times: _times, ...done } = fault;
    emit({ service, kind: 'fault', facts: { method, path, ...(from !== undefined && { from }), ...done } });
    const act = (): void => {
      if (exchange.isOver) return;
      if (drop !== undefined) exchange.cut();
      else if (status !== undefined) exchange.refuse(status);
      else {
        if (truncate !== undefined) exchange.truncate(truncate);
        if (bytesPerSecond !== undefined) exchange.slow(bytesPerSecond);
        this.#admit(exchange);
      }
    };
    if (latencyMs > 0) setTimeout(act, latencyMs);
    else act();
  }

  #tell({ method, path, userAgent, from }: ExchangeRequest, { status, isCut }: Outcome, ms: number): void {
    const { service, emit } = this.#options;
    const asker = from === undefined ? {} : { from };
    const facts = { method, path, status, ms: Math.round(ms), ...asker, client: userAgent };
    emit({ service, kind: 'request', facts: isCut ? { ...facts, cut: true } : facts });
  }
}
