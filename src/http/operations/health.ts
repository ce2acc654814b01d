import { errorMessage } from '../../core/index.ts';

/** Something a server needs to be well. Throws, with the reason, when it is not. */
export interface HealthCheck {
  readonly name: string;
  check(signal: AbortSignal): Promise<void>;
  /** Failures in a row before the server says it is ill. */
  readonly threshold: number;
}

/** What is wrong now, by the name of the check; empty when all is well. */
export type HealthReport = ReadonlyMap<string, string>;

/** Runs checks when told to, and remembers how they went. */
export class Health {
  readonly #checks: readonly HealthCheck[];
  readonly #timeoutMs: number;
  readonly #failures = new Map<string, { count: number; reason: string }>();

  /** A check that takes longer than `timeoutMs` has failed. */
  constructor(checks: readonly HealthCheck[], { timeoutMs = 5000 } = {}) {
    this.#checks = checks;
    this.#timeoutMs = timeoutMs;
  }

  /** Runs all checks once, or those of one name; for a timer of the program that serves. Never throws. */
  async run(name?: string): Promise<void> {
    const chosen = this.#checks.filter((check) => name === undefined || check.name === name);
    await Promise.all(chosen.map((check) => this.#runOne(check)));
  }

  report(): HealthReport {
    const ill = this.#checks.flatMap(({ name, threshold }) => {
      const failure = this.#failures.get(name);
      return failure && failure.count >= threshold ? [[name, failure.reason] as const] : [];
    });
    return new Map(ill);
  }

  async #runOne({ name, check }: HealthCheck): Promise<void> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error(`no answer within ${this.#timeoutMs} ms`)));
    });
    try {
      await Promise.race([check(signal), late]);
      this.#failures.delete(name);
    } catch (error) {
      const count = (this.#failures.get(name)?.count ?? 0) + 1;
      this.#failures.set(name, { count, reason: errorMessage(error) });
    }
  }
}
