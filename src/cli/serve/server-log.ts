import { type Clock, errorMessage, type Log, type LogFields } from '../../core/index.ts';
import type { LogConfig, LogLevel } from '../../registry/index.ts';
import type { Output } from '../io.ts';

const LEVELS: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };
/** Field names of the three forms: logrus' own, and logstash's. */
const LOGSTASH_VERSION = 1;

type Entry = { readonly time: Date; readonly level: LogLevel; readonly event: string; readonly fields: LogFields };
type FormatEntry = (entry: Entry) => string;

/** A log whose level may change while it is written to. */
export interface ServerLog extends Log {
  level: LogLevel;
}

/** A log of lines on `output`: text in a terminal, JSON elsewhere, unless told which. */
export function openServerLog(
  { level, formatter, fields }: Omit<LogConfig, 'hasAccessLog'>,
  output: Output,
  clock: Clock,
): ServerLog {
  const format = FORMATS[formatter ?? (output.isTerminal ? 'text' : 'json')];
  const at =
    (of: LogLevel): Log['info'] =>
    (event, more = {}) => {
      if (LEVELS[of] > LEVELS[log.level]) return;
      output.write(`${format({ time: clock.now(), level: of, event, fields: { ...fields, ...more } })}\n`);
    };
  const log: ServerLog = { level, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return log;
}

/** The level `steps` further down, where more is said, or up; the last at each end. */
export function shiftLevel(level: LogLevel, steps: number): LogLevel {
  const levels = Object.keys(LEVELS) as LogLevel[];
  return levels[Math.min(Math.max(LEVELS[level] + steps, 0), levels.length - 1)] ?? level;
}

const FORMATS: Readonly<Record<NonNullable<LogConfig['formatter']>, FormatEntry>> = {
  json: ({ time, level, event, fields }) =>
    JSON.stringify({ time: time.toISOString(), level, msg: event, ...plainFields(fields) }),
  logstash: ({ time, level, event, fields }) =>
    JSON.stringify({
      '@timestamp': time.toISOString(),
      '@version': LOGSTASH_VERSION,
      level,
      message: event,
      ...plainFields(fields),
    }),
  text: ({ time, level, event, fields }) => {
    const named = Object.entries({ time: time.toISOString(), level, msg: event, ...plainFields(fields) });
    return named.map(([name, value]) => `${name}=${quoted(value)}`).join(' ');
  },
};

/** Errors have no fields of their own that JSON would show. Undefined is left out. */
function plainFields(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, value instanceof Error ? (value.stack ?? errorMessage(value)) : value]),
  );
}

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return /^[A-Za-z0-9._/:@+-]+$/.test(text) ? text : JSON.stringify(text);
}
