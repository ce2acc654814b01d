import type { JsonObject, JsonValue } from '../../core/index.ts';
import { humanDuration, isJsonObject } from '../../core/index.ts';
import { type Command, defineCommand, noArguments } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { goTime } from '../human-time.ts';
import { printLine } from '../io.ts';
import { LIST_FORMAT, type ListFormat, printList, type Row } from '../list-format.ts';

const LIST: ListFormat = {
  headings: {
    ID: 'CONTAINER ID',
    Image: 'IMAGE',
    Command: 'COMMAND',
    CreatedAt: 'CREATED AT',
    RunningFor: 'CREATED',
    State: 'STATE',
    Status: 'STATUS',
    Ports: 'PORTS',
    Names: 'NAMES',
    Labels: 'LABELS',
  },
  table: ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'],
  type: '*formatter.ContainerContext',
};
const SHORT_ID = 12;
const SHORT_COMMAND = 20;

/** `container ls`, and `ps`: on our Engine, the services of the sandbox. */
export const containerLs: Command = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List containers',
  aliases: ['container ls', 'container list', 'container ps', 'ps'],
  flags: {
    all: { kind: 'boolean', short: 'a', help: 'Show all containers (default shows just running)' },
    format: LIST_FORMAT,
    'no-trunc': { kind: 'boolean', help: "Don't truncate output" },
    quiet: { kind: 'boolean', short: 'q', help: 'Only display container IDs' },
  },
  arguments: noArguments,
  parse: ({ all = false, format, quiet = false, ...flags }) => ({
    all,
    format,
    quiet,
    isFull: flags['no-trunc'] ?? false,
  }),
  async run({ all, format, quiet, isFull }, io) {
    const containers = await withEngine(io, ({ engine }) => engine.listContainers({ all }));
    const rows = containers.map((container) => rowOf(container, io.clock.now(), isFull));
    if (quiet && format === undefined) for (const { ID } of rows) printLine(io.stdout, ID);
    else printList(io.stdout, LIST, rows, format);
    return 0;
  },
});

function rowOf(container: JsonObject, now: Date, isFull: boolean): Row {
  const id = textOf(container.Id);
  const command = textOf(container.Command);
  const created = new Date(Number(container.Created) * 1000);
  const labels = isJsonObject(container.Labels) ? Object.entries(container.Labels) : [];
  return {
    ID: isFull ? id : id.slice(0, SHORT_ID),
    Image: textOf(container.Image),
    Command: `"${isFull || command.length <= SHORT_COMMAND ? command : `${command.slice(0, SHORT_COMMAND - 1)}…`}"`,
    CreatedAt: goTime(created),
    RunningFor: `${humanDuration(now.getTime() - created.getTime())} ago`,
    State: textOf(container.State),
    Status: textOf(container.Status),
    Ports: listOf(container.Ports).map(portText).join(', '),
    Names: listOf(container.Names)
      .map((name) => textOf(name).replace(/^\//, ''))
      .join(','),
    Labels: labels.map(([name, value]) => `${name}=${textOf(value)}`).join(','),
  };
}

function portText(port: JsonValue): string {
  if (!isJsonObject(port)) return '';
  const inner = `${port.PrivatePort}/${textOf(port.Type)}`;
  return port.PublicPort === undefined ? inner : `${textOf(port.IP)}:${port.PublicPort}->${inner}`;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
