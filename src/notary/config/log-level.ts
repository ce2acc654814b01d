import type { Section } from '../../settings/index.ts';
import type { LogLevel } from './server-config.ts';

/** The original's levels (logrus), by the four that there are here. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  panic: 'error',
  fatal: 'error',
  error: 'error',
  warn: 'warn',
  warning: 'warn',
  info: 'info',
  debug: 'debug',
  trace: 'debug',
};

/** `logging.level`, in any case. The original says errors alone where it is not given; here it is `info`. */
export function readLogLevel(section: Section): LogLevel {
  const text = (section.text('level') ?? '').toLowerCase();
  if (text === '') return 'info';
  const level = Object.hasOwn(LEVELS, text) ? LEVELS[text] : undefined;
  if (!level) section.problem('level', `want one of ${Object.keys(LEVELS).join(', ')}, found ${JSON.stringify(text)}`);
  return level ?? 'info';
}
