/** RFC 3339 with a fraction of any length, as Go's `time.Time` reads it. */
const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** What metadata without a date has: the first instant of Go's calendar. */
export const NO_EXPIRY = '0001-01-01T00:00:00Z';

/** The instant that `text` names, cut to milliseconds; `undefined` if it names none. */
export function findInstant(text: string): Date | undefined {
  const parts = RFC3339.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = parts;
  const millis = fraction.slice(0, 3).padEnd(3, '0');
  const instant = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${millis}${zone}`);
  if (Number.isNaN(instant.getTime())) return undefined;
  const local = new Date(instant.getTime() + offsetMs(zone));
  return local.getUTCDate() === Number(day) ? instant : undefined; // February 30 is no date
}

/** RFC 3339 in UTC, zeros at the end of the fraction dropped, as Go writes times into JSON. */
export function formatInstant(instant: Date): string {
  return instant.toISOString().replace(/\.?0*Z$/, 'Z');
}

/** `Sun Nov 22 05:04:33 UTC 2026`, in the zone the text itself names. `text` is RFC 3339. */
export function formatGoDate(text: string): string {
  const instant = findInstant(text);
  if (!instant) return text;
  const zone = RFC3339.exec(text)?.[8] ?? 'Z';
  const local = new Date(instant.getTime() + offsetMs(zone));
  const time = local.toISOString().slice(11, 19);
  const year = String(local.getUTCFullYear()).padStart(4, '0');
  const name = offsetMs(zone) === 0 ? 'UTC' : zone.replace(':', '');
  return `${DAYS[local.getUTCDay()]} ${MONTHS[local.getUTCMonth()]} ${local.getUTCDate()} ${time} ${name} ${year}`;
}

function offsetMs(zone: string): number {
  if (zone === 'Z') return 0;
  const [hours = '0', minutes = '0'] = zone.slice(1).split(':');
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return zone.startsWith('-') ? -ms : ms;
}
