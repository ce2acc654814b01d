/** Levels of docker's log, by how much they say (sirupsen/logrus 1.9). */
const LEVELS = ['panic', 'fatal', 'error', 'warning', 'info', 'debug', 'trace'] as const;

export type LogLevel = (typeof LEVELS)[number] | 'warn';

export function isLogLevel(text: string): text is LogLevel {
  return rankOf(text) >= 0;
}

/** Whether what is logged at `level` shows where `threshold` is asked for. */
export function isShown(level: LogLevel, threshold: LogLevel): boolean {
  return rankOf(level) <= rankOf(threshold);
}

function rankOf(text: string): number {
  return LEVELS.indexOf((text === 'warn' ? 'warning' : text) as 'warning');
}
