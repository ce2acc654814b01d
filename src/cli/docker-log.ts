import type { Clock, Log } from '../core/index.ts';
import type { Io } from './io.ts';

const PLAIN = /^[A-Za-z0-9\-._/@^+]+$/;

/**
 * Writes warnings and errors on stderr as docker's log does, in a terminal too: `time="…" level=warning msg="…"`. What is
 * below a warning docker does not show. Fields are left out: they are not for docker's users.
 */
export function dockerLog({ stderr, clock }: Pick<Io, 'stderr' | 'clock'>): Log {
  const write = (level: string) => (event: string) => stderr.write(logLine(level, event, clock));
  const nothing = (): void => undefined;
  return { debug: nothing, info: nothing, warn: write('warning'), error: write('error') };
}

export function logLine(level: string, event: string, clock: Clock): string {
  const message = PLAIN.test(event) ? event : JSON.stringify(event);
  return `time="${localTime(clock.now())}" level=${level} msg=${message}\n`;
}

/** RFC 3339 in the machine's zone, to the second. */
function localTime(time: Date): string {
  const offset = -time.getTimezoneOffset();
  const local = new Date(time.getTime() + offset * 60_000).toISOString().slice(0, 19);
  if (offset === 0) return `${local}Z`;
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${local}${offset < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}
