import { TrustSandboxError } from '../../core/index.ts';

/** Text that names no time. */
export class TimeInvalidError extends TrustSandboxError {
  readonly code = 'SANDBOX_TIME_INVALID';
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};
/** Certificates of a sandbox hold from 2020 to fifty years on; roots of trust for ten. */
const MAX_OFFSET_MS = 40 * (UNIT_MS.y ?? 0);

/**
 * How far a project's time is to be from the machine's, in milliseconds. `+15d`, `-2h30m` move it on from `current`, its
 * present distance; `2030-01-31` and `2030-01-31T12:00:00Z` name a time.
 * @throws {TimeInvalidError}
 */
export function parseClockOffset(
  text: string,
  { now, current }: { readonly now: Date; readonly current: number },
): number {
  const offset = /^[+-]/.test(text) ? current + parseShift(text) : parseInstant(text) - now.getTime();
  if (!Number.isFinite(offset))
    throw new TimeInvalidError(
      `${JSON.stringify(text)} is no time: want +15d, -2h, 2030-01-31 or 2030-01-31T12:00:00Z`,
    );
  if (Math.abs(offset) > MAX_OFFSET_MS)
    throw new TimeInvalidError(`${text} is too far away: a sandbox goes 40 years either way`);
  return offset;
}

function parseShift(text: string): number {
  const parts = [...text.slice(1).matchAll(/(\d{1,9}(?:\.\d+)?)([smhdwy])/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text.slice(1)) return Number.NaN;
  const sum = parts.reduce((total, [, count, unit]) => total + Number(count) * (UNIT_MS[unit ?? ''] ?? 0), 0);
  return text.startsWith('-') ? -sum : sum;
}

function parseInstant(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text)) return Number.NaN;
  return Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
}
