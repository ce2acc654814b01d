import { TrustSandboxError } from '../../core/index.ts';
import { parseDuration } from '../../settings/index.ts';

/** Text that is no point in time. */
export class ApiTimeInvalidError extends TrustSandboxError {
  readonly code = 'ENGINE_API_TIME';
}

const UNIX = /^-?\d+(?:\.\d{1,9})?$/;
const DATE = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * A time that a user gives (`--since`, `--until`), as Engines take it: seconds since 1970 with nine digits after the point. It
 * may be a Go duration before `now`, RFC 3339 in whole or in part, in this machine's zone unless it says another, or seconds.
 * @throws {ApiTimeInvalidError} in docker's words
 */
export function formatApiTime(text: string, now: Date): string {
  const ago = parseDuration(text);
  if (ago !== undefined && !UNIX.test(text)) return inSeconds(now.getTime() - ago, '');
  if (UNIX.test(text)) return text;
  const [isDate, date, hour = '00', minute = '00', second = '00', fraction = '', zone = ''] = DATE.exec(text) ?? [];
  const ms = isDate === undefined ? Number.NaN : Date.parse(`${date}T${hour}:${minute}:${second}${zone}`);
  if (Number.isNaN(ms)) {
    throw new ApiTimeInvalidError(`failed to parse value as time or duration: ${JSON.stringify(text)}`);
  }
  return inSeconds(ms, fraction);
}

function inSeconds(ms: number, fraction: string): string {
  const seconds = Math.floor(ms / 1000);
  const rest = fraction === '' ? String(ms - seconds * 1000).padStart(3, '0') : fraction;
  return `${seconds}.${rest.padEnd(9, '0')}`;
}
