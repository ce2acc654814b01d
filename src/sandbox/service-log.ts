import { type Clock, type Log, type LogFields, TrustSandboxError } from '../core/index.ts';
import type { EventLog } from './front/event-log.ts';
import { openLogFile } from './log-file.ts';
import type { ProjectPaths } from './project.ts';

const MAX_FACT_CHARACTERS = 500;

/** The log of a service: a file, and what it says of decisions among the sandbox's events. Requests are told of by the front. */
export function openServiceLog(paths: ProjectPaths, service: string, clock: Clock, events: EventLog): Log {
  return openLogFile(paths.service(service, 'log'), clock, (level, event, fields) => {
    if (level === 'debug' || event === 'request') return;
    events.add({ service, kind: 'log', facts: { level, event, ...factsOf(fields) } });
  });
}

function factsOf(fields: LogFields): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      if (value === undefined) return [];
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        return [[name, typeof value === 'string' ? value.slice(0, MAX_FACT_CHARACTERS) : value]];
      }
      if (value instanceof TrustSandboxError) return [[name, value.code]];
      return [[name, JSON.stringify(value)?.slice(0, MAX_FACT_CHARACTERS) ?? '']];
    }),
  );
}
