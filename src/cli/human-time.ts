const MINUTE = 60_000;

/** A time as Go prints it, in the machine's zone: `2015-06-10 17:00:00 +0000 UTC`. */
export function goTime(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + minutes * MINUTE).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${offsetText(minutes)} ${zoneName(date, minutes)}`;
}

/** RFC 3339 in the machine's zone, to the second. */
export function rfc3339(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + minutes * MINUTE).toISOString().slice(0, 19);
  const offset = offsetText(minutes);
  return minutes === 0 ? `${local}Z` : `${local}${offset.slice(0, 3)}:${offset.slice(3)}`;
}

/** RFC 3339 in the machine's zone with nine digits after the second; `nano` counts since 1970. */
export function localTimestamp(nano: bigint): string {
  const date = new Date(Number(nano / 1_000_000n));
  const whole = rfc3339(date);
  const fraction = String(nano % 1_000_000_000n).padStart(9, '0');
  return `${whole.slice(0, 19)}.${fraction}${whole.slice(19)}`;
}

function offsetText(minutes: number): string {
  const absolute = Math.abs(minutes);
  const hours = String(Math.trunc(absolute / 60)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${hours}${String(absolute % 60).padStart(2, '0')}`;
}

function zoneName(date: Date, minutes: number): string {
  if (minutes === 0) return 'UTC';
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return /^[A-Z]+$/.test(name) ? name : offsetText(minutes);
}
