import type { Clock, Log } from '../../core/index.ts';
import { logLine } from '../docker-log.ts';
import type { Io } from '../io.ts';
import type { GlobalFlags } from './global-flags.ts';

type Level = 'debug' | 'info' | 'warning' | 'error';

/** Colours of a terminal by level (ECMA-48 SGR). */
const COLOURS: Readonly<Record<Level, number>> = { debug: 37, info: 36, warning: 33, error: 31 };
const SHORT = 4;
const MESSAGE_WIDTH = 44;

/** Notary's log on stderr: warnings and errors, with `-v` what else goes on, with `-D` everything. */
export function notaryLog({ stderr, clock }: Pick<Io, 'stderr' | 'clock'>, { verbose, debug }: GlobalFlags): Log {
  const nothing = (): void => undefined;
  const startedAt = clock.now();
  const write = (level: Level) => (event: string) =>
    stderr.write(stderr.isTerminal ? terminalLine(level, event, startedAt, clock) : logLine(level, event, clock));
  return {
    debug: debug ? (event, fields) => write('debug')(withReason(event, fields)) : nothing,
    info: debug || verbose ? write('info') : nothing,
    warn: write('warning'),
    error: write('error'),
  };
}

/** `WARN[0000] message`, the number being seconds since the start. */
function terminalLine(level: Level, event: string, startedAt: Date, clock: Clock): string {
  const seconds = Math.floor((clock.now().getTime() - startedAt.getTime()) / 1000);
  const name = `\x1b[${COLOURS[level]}m${level.toUpperCase().slice(0, SHORT)}\x1b[0m`;
  return `${name}[${String(seconds).padStart(4, '0')}] ${event.padEnd(MESSAGE_WIDTH)} \n`;
}

/** Of a debug line's fields, what they say. */
function withReason(event: string, fields: Readonly<Record<string, unknown>> | undefined): string {
  const said = Object.entries(fields ?? {}).map(([name, value]) => `${name}: ${String(value)}`);
  return said.length > 0 ? `${event} (${said.join(', ')})` : event;
}
