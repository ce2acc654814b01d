import { Readable } from 'node:stream';
import type { EngineHost } from '../../host/host.ts';
import type { LogRequest } from '../../host/log-entry.ts';
import { parseTimestamp } from '../../timestamp.ts';
import { BadParameterError } from '../reply.ts';
import { isSet } from '../request.ts';
import { frame } from './frames.ts';

/** Parameters of a request for logs, as they stand in its query. */
export type LogQuery = Readonly<Record<string, string | undefined>>;

/**
 * A container's log in frames (Engine API v1.51, `ContainerLogs`): `follow`, `stdout`, `stderr`, `since`, `until`,
 * `timestamps`, `tail`.
 * @throws {BadParameterError | TimestampInvalidError}
 */
export function logStream(host: EngineHost, id: string, query: LogQuery, now: Date, signal: AbortSignal): Readable {
  const streams = (['stdout', 'stderr'] as const).filter((stream) => isSet(query[stream]));
  if (streams.length === 0) throw new BadParameterError('Bad parameters: you must choose at least one stream');
  const timeOf = (text: string | undefined): Date | undefined =>
    text && text !== '0' ? parseTimestamp(text, now) : undefined;
  const request: LogRequest = {
    follows: isSet(query.follow),
    tail: tailOf(query.tail),
    since: timeOf(query.since),
    until: timeOf(query.until),
    signal,
  };
  return Readable.from(frames(host, id, request, streams, isSet(query.timestamps)), { objectMode: false });
}

async function* frames(
  host: EngineHost,
  id: string,
  request: LogRequest,
  streams: readonly ('stdout' | 'stderr')[],
  hasTimes: boolean,
): AsyncGenerator<Buffer> {
  for await (const { stream, at, text } of host.logs(id, request)) {
    if (!streams.includes(stream)) continue;
    const line = `${hasTimes ? `${goTime(at)} ` : ''}${text}\n`;
    yield frame(stream, Buffer.from(line));
  }
}

/** A time with nine digits of its second, as docker writes it in logs. */
function goTime(date: Date): string {
  return date.toISOString().replace('Z', '000000Z');
}

/** `all`, nothing and what is no number mean all, as with dockerd. */
function tailOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
