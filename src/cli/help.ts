import { type Command, type CommandGroup, isGroup, SECTIONS } from './command.ts';
import type { FlagSpec } from './flags.ts';
import type { Io } from './io.ts';

const DEFAULT_WIDTH = 80;
const SLOP = 5;
/** Names in a group's help are padded to ten, as docker's library for commands does. */
const MIN_NAME_WIDTH = 10;

const COMMON: readonly string[] = [
  'exec',
  'ps',
  'pull',
  'push',
  'images',
  'login',
  'logout',
  'search',
  'version',
  'info',
];

/** Help of one command in docker's layout. `path` is the program and the words that led here: `docker image pull`. */
export function commandHelp(path: readonly string[], command: Command, width = DEFAULT_WIDTH): string {
  const program = path[0] ?? '';
  const aliases = command.aliases?.length
    ? `\nAliases:\n  ${command.aliases.map((alias) => `${program} ${alias}`).join(', ')}\n`
    : '';
  const rows = flagRows(command.flags);
  const options = rows.length ? `\nOptions:\n${twoColumns(rows, width)}` : '';
  return `${usageLine(path, command.usage)}\n${command.summary}\n${aliases}${options}`;
}

/** Help of a group: the groups in it and its commands, by name. */
export function groupHelp(path: readonly string[], group: CommandGroup): string {
  const shown = Object.entries(group.commands)
    .filter(([, { summary }]) => summary !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const rowsOf = (wanted: boolean) =>
    shown.filter(([, node]) => isGroup(node) === wanted).map(([name, node]) => [name, node.summary] as const);
  const [groups, rows] = [rowsOf(true), rowsOf(false)];
  const management = groups.length ? `Management Commands:\n${list(groups, MIN_NAME_WIDTH)}\n` : '';
  const flags = flagRows(group.flags ?? {});
  const options = flags.length ? `Options:\n${twoColumns(flags, DEFAULT_WIDTH)}\n` : '';
  const usage = usageLine(path, flags.length ? '[OPTIONS] COMMAND' : 'COMMAND');
  return `${usage}\n${group.summary}\n\n${options}${management}Commands:\n${list(rows, MIN_NAME_WIDTH)}\n${hint(path, ' COMMAND')} on a command.\n`;
}

/** Help of the whole program, by section. Defaults in the user's home name it. */
export function programHelp(path: readonly string[], root: CommandGroup, { env, stdout }: Io): string {
  const config = env.DOCKER_CONFIG || `${env.HOME ?? '~'}/.docker`;
  const flags = flagRows(root.flags ?? {}).map(([name, help]) => [name, help.replace('~/.docker', config)] as const);
  const width = Math.max(...Object.keys(root.commands).map((name) => name.length));
  const sections = SECTIONS.map((section) => {
    const rows = Object.entries(root.commands)
      .filter(([, node]) => node.section === section)
      .map(([name, node]) => [name, node.summary] as const);
    if (section !== 'Sandbox Commands') rows.sort(([a], [b]) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1));
    return rows.length ? `${section}:\n${list(rows, width)}\n` : '';
  });
  return (
    `${usageLine(path, '[OPTIONS] COMMAND')}\n${root.summary}\n\n${sections.join('')}` +
    `Global Options:\n${twoColumns(flags, stdout.columns ?? DEFAULT_WIDTH)}\n${hint(path, ' COMMAND')} on a command.\n`
  );
}

/** docker's common commands stand in an order of their own, all others by name. */
function placeOf(name: string): number {
  const at = COMMON.indexOf(name);
  return at < 0 ? COMMON.length : at;
}

export function usageLine(path: readonly string[], usage: string): string {
  return `Usage:  ${[...path, ...(usage ? [usage] : [])].join(' ')}\n`;
}

/** `Run 'docker pull --help' for more information` */
export function hint(path: readonly string[], word = '', verb = 'Run'): string {
  return `${verb} '${path.join(' ')}${word} --help' for more information`;
}

function list(rows: readonly (readonly [string, string])[], atLeast = 0): string {
  const width = Math.max(atLeast, ...rows.map(([name]) => name.length));
  return rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}\n`).join('');
}

function flagRows(flags: Command['flags']): [string, string][] {
  return Object.entries(flags)
    .filter(([, { hidden }]) => !hidden)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, spec]) => [flagColumn(name, spec), spec.help]);
}

function flagColumn(name: string, { short, kind, value, bare }: FlagSpec): string {
  const optional = bare === undefined ? '' : `[="${bare}"]`;
  const typed = kind === 'boolean' ? '' : ` ${value ?? kind}${optional}`;
  return `  ${short ? `-${short}, ` : '    '}--${name}${typed}`;
}

function twoColumns(rows: readonly (readonly [string, string])[], width: number): string {
  const left = Math.max(0, ...rows.map(([column]) => column.length)) + 3;
  const indent = `\n${' '.repeat(left)}`;
  return rows.map(([column, text]) => `${column.padEnd(left)}${wrap(text, width - 1 - left).join(indent)}\n`).join('');
}

/** Breaks at line breaks and spaces as docker's flag library does: a line may run over by less than `SLOP` if it is the last one. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length >= width) {
    const head = rest.slice(0, width - SLOP);
    const lineBreak = head.lastIndexOf('\n');
    const space = Math.max(head.lastIndexOf(' '), lineBreak);
    if (space <= 0) break;
    const end = lineBreak > 0 ? lineBreak : space;
    lines.push(...rest.slice(0, end).split('\n'));
    rest = rest.slice(end + 1);
  }
  return [...lines, ...rest.split('\n')];
}
