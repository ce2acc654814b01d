import { readFileSync } from 'node:fs';
import { type Clock, systemClock } from '../core/index.ts';

/**
 * The time of the sandbox that this program is in: in a box `TRUSTSANDBOX_CLOCK` names the file that says how many milliseconds
 * it is ahead of the machine's. It is read when the time is first asked for; most commands never do.
 */
export function environmentClock(env: Readonly<Record<string, string | undefined>>): Clock {
  const path = env.TRUSTSANDBOX_CLOCK;
  if (!path) return systemClock;
  let shifted: Clock | undefined;
  return {
    now() {
      shifted ??= shiftedClock(readOffset(path));
      return shifted.now();
    },
  };
}

export function shiftedClock(offsetMs: number, base: Clock = systemClock): Clock {
  return offsetMs === 0 ? base : { now: () => new Date(base.now().getTime() + offsetMs) };
}

function readOffset(path: string): number {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return /^-?\d{1,15}$/.test(text) ? Number(text) : 0;
  } catch {
    return 0; // time was never moved
  }
}
