import type { Log } from '../../core/index.ts';
import { logLine } from '../docker-log.ts';
import type { Io } from '../io.ts';
import type { GlobalFlags } from './global-flags.ts';

/** Notary's log on stderr: warnings and errors, with `-v` what else goes on, with `-D` everything. */
export function notaryLog({ stderr, clock }: Pick<Io, 'stderr' | 'clock'>, { verbose, debug }: GlobalFlags): Log {
  const nothing = (): void => undefined;
  const write = (level: string) => (event: string) => stderr.write(logLine(level, event, clock));
  return {
    debug: debug ? (event, fields) => write('debug')(withReason(event, fields)) : nothing,
    info: debug || verbose ? write('info') : nothing,
    warn: write('warning'),
    error: write('error'),
  };
}

/** Of the fields of a debug line, what says why. */
function withReason(event: string, fields: Readonly<Record<string, unknown>> | undefined): string {
  const said = Object.entries(fields ?? {}).map(([name, value]) => `${name}: ${String(value)}`);
  return said.length > 0 ? `${event} (${said.join(', ')})` : event;
}
