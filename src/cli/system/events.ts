import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../core/index.ts';
import { formatApiTime, streamLines } from '../../engine/client/index.ts';
import { type Command, defineCommand, ExitError, noArguments } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { refuseNonFilter } from '../flags.ts';
import { localTimestamp } from '../human-time.ts';
import { formatFilters } from '../image/filters.ts';
import { printLine } from '../io.ts';
import { OBJECT_FORMAT } from '../list-format.ts';
import { goStruct } from '../template/go-type.ts';
import { compileTemplate } from '../template/template.ts';
import { TemplateError } from '../template/template-error.ts';
import { eventMessage } from '../template/types/event.ts';

const STATUS_BAD_FORMAT = 64;

type Show = (event: JsonObject, nano: string) => string;

/** `events`: what happens on an Engine, as it happens. */
export const events: Command = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Get real time events from the server',
  aliases: ['system events', 'events'],
  flags: {
    filter: {
      kind: 'list',
      short: 'f',
      value: 'filter',
      help: 'Filter output based on conditions provided',
      refuse: refuseNonFilter,
    },
    format: { kind: 'string', help: OBJECT_FORMAT.help },
    since: { kind: 'string', help: 'Show all events created since timestamp' },
    until: { kind: 'string', help: 'Stream events until this timestamp' },
  },
  arguments: noArguments,
  parse: ({ filter = [], format = '', since = '', until = '' }) => ({
    filters: formatFilters(filter, '-f, --filter'),
    format,
    since,
    until,
  }),
  async run({ filters, format, since, until }, io) {
    const show = format === '' ? showText : filler(format === 'json' ? '{{json .}}' : format);
    const now = io.clock.now();
    const query = {
      filters,
      since: since === '' ? undefined : formatApiTime(since, now),
      until: until === '' ? undefined : formatApiTime(until, now),
    };
    await withEngine(io, async ({ engine }) => {
      const reply = await engine.connection.send({ method: 'GET', path: '/events', query, signal: io.signal });
      for await (const line of streamLines(reply)) {
        const event = parseJson(line);
        if (isJsonObject(event)) printLine(io.stdout, show(event, nanoOf(line)));
      }
    });
    return 0;
  },
});

/** `timeNano` has more digits than a number holds here, so it is taken from the text. */
function nanoOf(line: string): string {
  return /"timeNano":\s*(\d+)/.exec(line)?.[1] ?? '0';
}

/** Tried on nothing first, as docker does, so that a template that fits no event is refused at once. */
function filler(format: string): Show {
  try {
    const template = compileTemplate(format);
    template.fill(goStruct(eventMessage, {}, '*'));
    return (event, nano) => {
      const rounded = Number(nano);
      const text = template.fill(goStruct(eventMessage, { ...event, timeNano: rounded }));
      return text.replaceAll(String(rounded), rounded === 0 ? '0' : nano);
    };
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    throw new ExitError(STATUS_BAD_FORMAT, `Error parsing format: ${cause.message}`, { cause });
  }
}

/** `2026-11-24T12:23:55.296125516Z image load ID (name=…)`. */
const showText: Show = (event, nano) => {
  const actor = isJsonObject(event.Actor) ? event.Actor : {};
  const attributes = Object.entries(isJsonObject(actor.Attributes) ? actor.Attributes : {})
    .map(([name, value]) => `${name}=${text(value)}`)
    .sort();
  const shown = attributes.length === 0 ? '' : ` (${attributes.join(', ')})`;
  return `${timeText(event, nano)}${text(event.Type)} ${text(event.Action)} ${text(actor.ID)}${shown}`;
};

function timeText({ time }: JsonObject, nano: string): string {
  if (nano !== '0') return `${localTimestamp(BigInt(nano))} `;
  return typeof time === 'number' && time !== 0 ? `${localTimestamp(BigInt(time) * 1_000_000_000n)} ` : '';
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
