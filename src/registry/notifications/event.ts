import type { Descriptor, Digest, RepositoryName, Tag } from '../../core/index.ts';

/** What can happen to a manifest or blob (distribution v3, "Notifications", "Events"). */
export type EventAction = 'push' | 'pull' | 'mount' | 'delete';

/** Something that happened in a registry, and to what. Sizes in bytes. */
export interface RegistryEvent {
  readonly action: EventAction;
  readonly repository: RepositoryName;
  /** Absent where a tag alone was deleted. */
  readonly digest?: Digest;
  readonly mediaType?: string;
  readonly size?: number;
  readonly tag?: Tag;
  /** Where it can be had, absolute. */
  readonly url?: string;
  /** The repository a blob was mounted from. */
  readonly fromRepository?: RepositoryName;
  /** What a manifest names; told only where the configuration asks for it. */
  readonly references?: readonly Descriptor[];
  readonly request: EventRequest;
  /** Who asked, when the registry knows. */
  readonly actor?: string;
}

/** The request that made it happen. */
export interface EventRequest {
  readonly id: string;
  /** Address and port of the client. */
  readonly addr: string;
  readonly host: string;
  readonly method: string;
  readonly useragent: string;
}

/** Which registry tells: one of several replicas. */
export interface EventSource {
  readonly addr: string;
  readonly instanceID: string;
}

export const ENVELOPE_MEDIA_TYPE = 'application/vnd.docker.distribution.events.v1+json';

/** An event as distribution's webhooks spell it (distribution v3, "Notifications", "Envelope"). */
export function formatEvent(
  event: RegistryEvent,
  { id, timestamp, source }: { readonly id: string; readonly timestamp: Date; readonly source: EventSource },
): string {
  const { action, digest, mediaType, size, repository, tag, url, fromRepository, references, request, actor } = event;
  return JSON.stringify({
    id,
    timestamp: timestamp.toISOString(),
    action,
    target: { mediaType, size, digest, length: size, repository, fromRepository, url, tag, references },
    request,
    actor: actor === undefined ? {} : { name: actor },
    source,
  });
}

/** The body of a webhook, from events as `formatEvent` gives them. */
export function formatEnvelope(events: readonly string[]): string {
  return `{"events":[${events.join(',')}]}`;
}
