import { Readable } from 'node:stream';
import type { NodeApp } from '../../http/index.ts';
import type { Engine } from '../engine.ts';
import type { EngineEvent } from '../event-log.ts';
import { goJson } from '../progress-event.ts';
import { parseTimestamp } from '../timestamp.ts';
import { type Filters, parseFilters } from './filters.ts';
import { BadParameterError, bytesReply } from './reply.ts';
import { abortOnClose } from './request.ts';
import type { EngineApiSettings } from './settings.ts';

/** The event stream (Engine API v1.51, `SystemEvents`): headers at once, then one JSON object a line. */
export function routeEvents(app: NodeApp, engine: Engine, { clock }: EngineApiSettings): void {
  app.get('/events', (c) => {
    const now = clock.now();
    const timeOf = (text: string | undefined): Date | undefined => (text ? parseTimestamp(text, now) : undefined);
    const since = timeOf(c.req.query('since'));
    const until = timeOf(c.req.query('until'));
    if (since && until && until < since) {
      throw new BadParameterError('`since` time cannot be after `until` time');
    }
    const filters = parseFilters(c.req.query('filters'));
    const events = engine.events.follow({ since, until, signal: abortOnClose(c) });
    return bytesReply(Readable.from(lines(events, filters), { objectMode: false }), 'application/json');
  });
}

async function* lines(events: AsyncGenerator<EngineEvent>, filters: Filters): AsyncGenerator<string> {
  for await (const event of events) if (matches(event, filters)) yield `${eventJson(event)}\n`;
}

/** A line of the stream. `timeNano` has more digits than a number of JavaScript holds. */
function eventJson({ type, action, id, attributes, timeNano }: EngineEvent): string {
  const isOld = type === 'image' || type === 'container'; // these have the members of the first version beside the new
  const line = {
    ...(isOld && { status: action, id, ...(attributes.image !== undefined && { from: attributes.image }) }),
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: attributes },
    scope: 'local',
    time: Number(timeNano / 1_000_000_000n),
  };
  return `${goJson(line).slice(0, -1)},"timeNano":${timeNano}}`;
}

type Matcher = (event: EngineEvent, wanted: string) => boolean;

/** How an event is held against each filter; of several values of one filter, one has to match, of labels all. */
const MATCHERS: ReadonlyMap<string, Matcher> = new Map<string, Matcher>([
  ['type', ({ type }, wanted) => type === wanted],
  ['event', ({ action }, wanted) => action === wanted || action.startsWith(`${wanted}:`)],
  ['action', ({ action }, wanted) => action === wanted],
  ['scope', (_, wanted) => wanted === 'local'],
  ['image', isOfImage],
  ...(['container', 'network', 'volume', 'daemon'] as const).map((type): [string, Matcher] => [
    type,
    (event, wanted) => event.type === type && isNamed(event, wanted),
  ]),
]);

function matches(event: EngineEvent, filters: Filters): boolean {
  for (const [name, wanted] of filters) {
    if (wanted.length === 0) continue;
    if (name === 'label') {
      if (!wanted.every((label) => hasLabel(event, label))) return false;
      continue;
    }
    const matcher = MATCHERS.get(name);
    if (matcher && !wanted.some((value) => matcher(event, value))) return false;
  }
  return true;
}

function isNamed({ id, attributes }: EngineEvent, wanted: string): boolean {
  return id === wanted || attributes.name === wanted || (wanted.length >= 3 && id.startsWith(wanted));
}

/** An image by id, by name with its tag or without; a container by the image it has. */
function isOfImage({ type, id, attributes }: EngineEvent, wanted: string): boolean {
  const names = type === 'image' ? [id, attributes.name ?? ''] : [attributes.image ?? ''];
  return names.some((name) => name === wanted || name.replace(/:[^:/]*$/, '') === wanted);
}

function hasLabel({ attributes }: EngineEvent, label: string): boolean {
  const [name = '', ...value] = label.split('=');
  return value.length === 0 ? name in attributes : attributes[name] === value.join('=');
}
