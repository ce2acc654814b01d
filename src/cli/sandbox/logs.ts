import { anyArguments, defineCommand, UsageError } from '../command.ts';
import { followLogs, type LogView, printLogs } from './log-lines.ts';
import { chooseServices, getKnownProject } from './running-project.ts';

const STATUS_INTERRUPTED = 130;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** `compose logs`: what the services logged. */
export const composeLogs = defineCommand({
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'View output from containers',
  aliases: ['compose logs'],
  flags: {
    follow: { kind: 'boolean', short: 'f', help: 'Follow log output' },
    'no-log-prefix': { kind: 'boolean', help: "Don't print prefix in logs" },
    'no-color': { kind: 'boolean', help: 'Produce monochrome output' },
    since: {
      kind: 'string',
      help: 'Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)',
    },
    tail: {
      kind: 'string',
      short: 'n',
      help: 'Number of lines to show from the end of the logs for each container (default "all")',
    },
    timestamps: { kind: 'boolean', short: 't', help: 'Show timestamps' },
    until: {
      kind: 'string',
      help: 'Show logs before a timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)',
    },
  },
  arguments: anyArguments,
  parse(flags, services) {
    const { follow = false, tail = 'all' } = flags;
    if (tail !== 'all' && !/^\d+$/.test(tail)) throw new UsageError(`invalid value for --tail: ${tail}`);
    return { follows: follow, tail: tail === 'all' ? undefined : Number(tail), flags, services };
  },
  async run({ follows, tail, flags, services }, io) {
    const { record } = await getKnownProject(io);
    const chosen = chooseServices(record, services);
    const now = new Date(io.clock.now().getTime() + record.clockOffsetMs); // logs are by the project's time
    const view: LogView = {
      hasPrefix: !flags['no-log-prefix'],
      hasTimestamps: flags.timestamps ?? false,
      since: flags.since === undefined ? undefined : parseMoment(flags.since, now, '--since'),
      until: flags.until === undefined ? undefined : parseMoment(flags.until, now, '--until'),
      tail,
    };
    if (follows) await followLogs(chosen, io.stdout, io.signal, view);
    else await printLogs(chosen, io.stdout, view);
    return io.signal.aborted ? STATUS_INTERRUPTED : 0;
  },
});

/** A time, or how long before `now`: `42m`, `1h30m`, seconds since 1970. */
function parseMoment(text: string, now: Date, flag: string): Date {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smh])/g)];
  if (parts.length > 0 && parts.map(([whole]) => whole).join('') === text) {
    const ago = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ''] ?? 0), 0);
    return new Date(now.getTime() - ago);
  }
  const moment = /^\d+(?:\.\d+)?$/.test(text) ? new Date(Number(text) * 1000) : new Date(text);
  if (Number.isNaN(moment.getTime())) throw new UsageError(`invalid value for ${flag}: ${text}`);
  return moment;
}
