import type { Clock, Log } from '../core/index.ts';
import type { Io } from './io.ts';
import { isShown, type LogLevel } from './log-level.ts';

const PLAIN = /^[A-Za-z0-9\-._/@^+]+$/;

/**
 * Writes warnings and errors on stderr as docker's log does, in a terminal too: `time="…" level=warning msg="…"`. What is
 * below a warning shows where `--log-level` or `--debug` ask for it. Fields are left out: they are not for docker's users.
 */
export function dockerLog({ stderr, clock, global = {} }: Pick<Io, 'stderr' | 'clock' | 'global'>): Log {
  const threshold = global.isDebug ? 'debug' : (global.logLevel ?? 'warning');
  const at = (level: LogLevel) => (event: string) => {
    if (isShown(level, threshold)) stderr.write(logLine(level, event, clock));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warning'), error: at('error') };
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
