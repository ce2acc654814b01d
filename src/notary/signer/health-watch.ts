import { NOT_SERVING, SERVICE_UNKNOWN, SERVING } from '../keys/remote/signer-messages.ts';

/** Whoever watches, as gRPC gives them. */
export interface Watcher {
  write(status: number): unknown;
  end(): unknown;
  on(event: 'cancelled' | 'error', listener: () => void): unknown;
}

const INTERVAL_MS = 5000;
/** Those who come when so many watch already are told once, and no more. */
const MAX_WATCHERS = 1000;

/**
 * How a signer is, for those who ask once and those who want to be told of each change (grpc/grpc, "GRPC Health Checking Protocol",
 * `Check` and `Watch`). While nobody watches, nothing is looked at.
 */
export class HealthWatch implements Disposable {
  readonly #probe: () => Promise<void>;
  /** With what each was told last. */
  readonly #watchers = new Map<Watcher, number | undefined>();
  #timer: NodeJS.Timeout | undefined;

  /** `probe` throws when something is wrong. */
  constructor(probe: () => Promise<void>) {
    this.#probe = probe;
  }

  check(): Promise<number> {
    return this.#probe().then(
      () => SERVING,
      () => NOT_SERVING,
    );
  }

  /** Tells at once, and again after each change; of a service that is not known, that it is not. */
  watch(watcher: Watcher, isKnown: boolean): void {
    const leave = (): void => this.#remove(watcher);
    watcher.on('cancelled', leave);
    watcher.on('error', leave);
    if (this.#watchers.size >= MAX_WATCHERS) {
      void this.check().then((status) => watcher.write(isKnown ? status : SERVICE_UNKNOWN));
      return;
    }
    this.#watchers.set(watcher, isKnown ? undefined : SERVICE_UNKNOWN);
    if (!isKnown) watcher.write(SERVICE_UNKNOWN);
    this.#timer ??= setInterval(() => void this.tell(), INTERVAL_MS).unref();
    void this.tell();
  }

  /** Looks, and tells those who know otherwise. */
  async tell(): Promise<void> {
    const status = await this.check();
    for (const [watcher, told] of this.#watchers) {
      if (told === status || told === SERVICE_UNKNOWN) continue;
      this.#watchers.set(watcher, status);
      watcher.write(status);
    }
  }

  /** Ends all watching: the signer is about to stop. */
  [Symbol.dispose](): void {
    for (const watcher of [...this.#watchers.keys()]) {
      this.#remove(watcher);
      watcher.end();
    }
  }

  #remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
