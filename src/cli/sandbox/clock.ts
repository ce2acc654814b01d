import { controlClock, findRecord, parseClockOffset, readClockOffset, writeClockOffset } from '../../sandbox/index.ts';
import { defineCommand, exactly, noArguments } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { findProject } from './project.ts';

/** `clock show`: what time it is in the sandbox. */
export const clockShow = defineCommand({
  usage: '',
  summary: 'Show what time it is in the sandbox',
  flags: {},
  arguments: noArguments,
  parse: () => undefined,
  async run(_, io) {
    const { paths } = findProject(io);
    printTime(io, readClockOffset(paths.clock));
    return 0;
  },
});

/** `clock set`: moves time for every service and client alike, whether or not they run. */
export const clockSet = defineCommand({
  usage: '+15d|2030-01-31|2030-01-31T12:00:00Z|-- -2h',
  summary: 'Move time, for every service and client of the sandbox',
  flags: {},
  arguments: exactly(1),
  parse: (_, [time = '']) => time,
  async run(time, io) {
    const current = readClockOffset(findProject(io).paths.clock);
    await move(io, parseClockOffset(time, { now: io.clock.now(), current }));
    return 0;
  },
});

/** `clock reset`: the machine's time again. */
export const clockReset = defineCommand({
  usage: '',
  summary: "Go back to this machine's time",
  flags: {},
  arguments: noArguments,
  parse: () => undefined,
  async run(_, io) {
    await move(io, 0);
    return 0;
  },
});

async function move(io: Io, offsetMs: number): Promise<void> {
  const { paths } = findProject(io);
  if (await findRecord(paths)) await controlClock(paths, offsetMs);
  else await writeClockOffset(paths.clock, offsetMs);
  printTime(io, offsetMs);
}

function printTime(io: Io, offsetMs: number): void {
  const time = new Date(io.clock.now().getTime() + offsetMs).toISOString();
  printLine(io.stdout, `${time}  ${offsetText(offsetMs)}`);
}

/** `15 days and 2 hours ahead of this machine` */
function offsetText(offsetMs: number): string {
  if (offsetMs === 0) return "this machine's time";
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'day'],
    [Math.floor(seconds / 3600) % 24, 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
    [seconds % 60, 'second'],
  ] as const;
  const shown = parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`);
  return `${shown.join(', ') || 'less than a second'} ${offsetMs > 0 ? 'ahead of' : 'behind'} this machine`;
}
