import { TrustSandboxError } from '../core/index.ts';
import { parseDuration } from '../settings/index.ts';

/** Text that is no point in time. */
export class TimestampInvalidError extends TrustSandboxError {
  readonly code = 'ENGINE_TIMESTAMP_INVALID';
}

const UNIX = /^-?\d+(?:\.\d{1,9})?$/;
const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}(?::\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;
/**
 * Reads a time as the Engine API takes it (v1.51, `SystemEvents`, `ImagePrune`): Unix seconds with a fraction, RFC 3339
 * in whole or in part, or a Go duration before `now`.
 * @throws {TimestampInvalidError}
 */
export function parseTimestamp(text: string, now: Date): Date {
  if (UNIX.test(text)) return dated(Number(text) * 1000, text);
  const ago = parseDuration(text);
  if (ago !== undefined) return dated(now.getTime() - ago, text);
  if (DATE.test(text)) return dated(Date.parse(wholeDate(text)), text);
  throw new TimestampInvalidError(`failed to parse value as time or duration: ${JSON.stringify(text.slice(0, 80))}`);
}

/** Parts that are left out are zero; a zone that is left out is UTC. */
function wholeDate(text: string): string {
  const [, date = '', hour = '00', minute = '00', second = '00', zone = 'Z'] =
    /^([\d-]{10})(?:T(\d{2})(?::(\d{2})(?::(\d{2}(?:\.\d+)?))?)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
  return `${date}T${hour}:${minute}:${second}${zone}`;
}

function dated(ms: number, text: string): Date {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw new TimestampInvalidError(`no such time: ${text.slice(0, 80)}`);
  return date;
}
