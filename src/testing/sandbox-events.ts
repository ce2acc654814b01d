import type { HostedSandbox, SandboxEvent } from '../sandbox/index.ts';
import { EventMissingError } from './errors.ts';

/** Which events: a kind, a service, or a test of all that is known of one. */
export interface EventFilter {
  readonly kind?: SandboxEvent['kind'];
  readonly service?: string;
  readonly where?: (event: SandboxEvent) => boolean;
}

/** What happened in a sandbox, to assert on. */
export interface SandboxEvents {
  /** Those so far, oldest first. */
  list(filter?: EventFilter): readonly SandboxEvent[];
  /** The first that is like this, of those so far and those to come. @throws {EventMissingError} none in time: 5 s unless told */
  find(filter: EventFilter, options?: { readonly timeoutMs?: number }): Promise<SandboxEvent>;
  /** Tells of those to come; returns what ends it. */
  subscribe(listener: (event: SandboxEvent) => void): () => void;
}

const PATIENCE_MS = 5000;

export function sandboxEvents({ sandbox: { events } }: HostedSandbox): SandboxEvents {
  return {
    list: (filter = {}) => events.list().filter((event) => isLike(event, filter)),
    async find(filter, { timeoutMs = PATIENCE_MS } = {}) {
      const known = events.list().find((event) => isLike(event, filter));
      if (known) return known;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => settle(() => reject(missing(filter, events.list()))), timeoutMs);
        const unsubscribe = events.subscribe((event) => {
          if (isLike(event, filter)) settle(() => resolve(event));
        });
        function settle(then: () => void): void {
          clearTimeout(timer);
          unsubscribe();
          then();
        }
      });
    },
    subscribe: (listener) => events.subscribe(listener),
  };
}

function isLike(event: SandboxEvent, { kind, service, where }: EventFilter): boolean {
  return (
    (kind === undefined || kind === event.kind) &&
    (service === undefined || service === event.service) &&
    (where?.(event) ?? true)
  );
}

function missing({ kind, service }: EventFilter, seen: readonly SandboxEvent[]): EventMissingError {
  const last = seen.slice(-5).map(({ service: of, kind: what, facts }) => `\n  ${of} ${what} ${JSON.stringify(facts)}`);
  const wanted = `event of ${kind ?? 'any kind'} by ${service ?? 'any service'}`;
  return new EventMissingError(`no such ${wanted} came; the last of ${seen.length} were${last.join('')}`);
}
