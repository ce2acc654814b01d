import type { Section } from '../../settings/index.ts';
import type { LogConfig, LogLevel } from './config.ts';

/** distribution's levels, by the four that there are here. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  error: 'error',
  warn: 'warn',
  warning: 'warn',
  info: 'info',
  debug: 'debug',
  trace: 'debug',
  fatal: 'error',
  panic: 'error',
};

/** `log`, and `loglevel`, which is older. */
export function readLog(top: Section): LogConfig {
  const section = top.section('log');
  const [newer, older] = [readLevel(section, 'level'), readLevel(top, 'loglevel')];
  const level = newer ?? older ?? 'info';
  section.ineffective('hooks', 'there are none here');
  section.ineffective('reportcaller', 'events have names');
  return {
    level,
    formatter: section.oneOf('formatter', ['text', 'json', 'logstash']),
    fields: section.section('fields').plain(),
    hasAccessLog: !(section.section('accesslog').boolean('disabled') ?? false),
  };
}

function readLevel(section: Section, key: string): LogLevel | undefined {
  const name = section.oneOf(key, Object.keys(LEVELS));
  return name === undefined ? undefined : LEVELS[name];
}
