import type { ProcessLine } from '../../host/host.ts';

/** Processes of a container as `ps -ef` shows them, whatever columns are asked for (Engine API v1.51, `ContainerTop`). */
export function topJson(lines: readonly ProcessLine[]): unknown {
  return {
    Titles: ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'],
    Processes: lines.map(({ user, pid, parent, startedAt, cpuSeconds, command }) => [
      user,
      String(pid),
      String(parent),
      '0',
      startedAt.toISOString().slice(11, 16),
      '?',
      clockText(cpuSeconds),
      command,
    ]),
  };
}

/** `00:01:02`. */
function clockText(seconds: number): string {
  const whole = Math.floor(seconds);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
