import { readEvents, type SandboxEvent } from '../../sandbox/index.ts';
import { anyArguments, defineCommand, ExitError } from '../command.ts';
import { printLine } from '../io.ts';
import { chooseServices, getRunningProject } from './running-project.ts';

const STATUS_INTERRUPTED = 130;

/** `sandbox events`: what happens in a sandbox, one stream of all services. */
export const sandboxEvents = defineCommand({
  usage: '[OPTIONS] [SERVICE...]',
  summary:
    'Show what happens: requests and their answers, pushes, pulls, publishes, key use, refusals, faults, the life of services',
  flags: {
    follow: { kind: 'boolean', short: 'f', help: 'Go on with what happens from now on' },
    format: { kind: 'string', help: 'Format output: text or json' },
    kind: {
      kind: 'list',
      short: 'k',
      help: 'Only of this kind: request, push, pull, log, fault, start, stop, clock, …',
    },
    from: { kind: 'list', help: 'Only what came from the box of this service, or was asked by it' },
    after: { kind: 'string', help: 'Only those with a greater number' },
  },
  arguments: anyArguments,
  parse({ follow = false, format = 'text', kind = [], from = [], after = '0' }, services) {
    if (format !== 'text' && format !== 'json')
      throw new ExitError(1, `unsupported format: ${format}: want text or json`);
    if (!/^\d{1,12}$/.test(after)) throw new ExitError(1, `--after ${after}: want the number of an event`);
    return { follows: follow, format, kinds: new Set<string>(kind), from, after: Number(after), services };
  },
  async run({ follows, format, kinds, from, after, services }, io) {
    const { paths, record } = await getRunningProject(io);
    const names = new Set(services.length > 0 ? chooseServices(record, services).map(({ name }) => name) : []);
    const askers = new Set<unknown>(from.length > 0 ? chooseServices(record, from).map(({ name }) => name) : []);
    for await (const event of readEvents(paths, { after, follows, signal: io.signal })) {
      if (kinds.size > 0 && !kinds.has(event.kind)) continue;
      if (askers.size > 0 && !askers.has(event.facts.from)) continue;
      if (names.size > 0 && !names.has(event.service)) continue;
      printLine(io.stdout, format === 'json' ? JSON.stringify(event) : formatEvent(event));
    }
    return io.signal.aborted ? STATUS_INTERRUPTED : 0;
  },
});

/** `2026-11-24T12:00:00.000Z  notaryserver  request  method=GET path=/v2/… status=200 ms=3` */
function formatEvent({ at, service, kind, facts }: SandboxEvent): string {
  const words = Object.entries(facts).map(([name, value]) => {
    const text = String(value);
    return `${name}=${/^[^\s"]*$/.test(text) ? text : JSON.stringify(text)}`;
  });
  return [at, service || 'sandbox', kind.padEnd(7), ...words].join('  ').trimEnd();
}
