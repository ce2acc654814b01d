import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination, pino } from 'pino';
import type { Clock, Log, LogFields } from '../core/index.ts';

/** Is told of each line, besides the file. */
export type LogListener = (level: 'debug' | 'info' | 'warn' | 'error', event: string, fields: LogFields) => void;

/** A log that appends JSON lines to `path` at once: what is logged before a crash is there after it. */
export function openLogFile(path: string, clock: Clock, listener?: LogListener): Log {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const logger = pino(
    {
      base: null,
      timestamp: () => `,"time":"${clock.now().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    destination({ dest: path, sync: true, append: true, mode: 0o600 }),
  );
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}) => {
      logger[level](fields, event);
      listener?.(level, event, fields);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
