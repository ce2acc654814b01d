import { type Command, type CommandGroup, SECTIONS } from './command.ts';
import type { FlagSpec } from './flags.ts';

const DEFAULT_WIDTH = 80;

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

/** Help of a group: its commands, by name. */
export function groupHelp(path: readonly string[], group: CommandGroup): string {
  const rows = Object.entries(group.commands)
    .filter(([, { summary }]) => summary !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, node]) => [name, node.summary] as const);
  const flags = flagRows(group.flags ?? {});
  const options = flags.length ? `Options:\n${twoColumns(flags, DEFAULT_WIDTH)}\n` : '';
  const usage = usageLine(path, flags.length ? '[OPTIONS] COMMAND' : 'COMMAND');
  return `${usage}\n${group.summary}\n\n${options}Commands:\n${list(rows)}\n${hint(path, ' COMMAND')} on a command.\n`;
}

/** Help of the whole program, by section. */
export function programHelp(path: readonly string[], root: CommandGroup): string {
  const width = Math.max(...Object.keys(root.commands).map((name) => name.length));
  const sections = SECTIONS.map((section) => {
    const rows = Object.entries(root.commands)
      .filter(([, node]) => node.section === section)
      .map(([name, node]) => [name, node.summary] as const);
    return rows.length ? `${section}:\n${list(rows, width)}\n` : '';
  });
  return (
    `${usageLine(path, '[OPTIONS] COMMAND')}\n${root.summary}\n\n${sections.join('')}` +
    `Global Options:\n${twoColumns(flagRows(root.flags ?? {}), DEFAULT_WIDTH)}\n${hint(path, ' COMMAND')} on a command.\n`
  );
}

export function usageLine(path: readonly string[], usage: string): string {
  return `Usage:  ${[...path, usage].join(' ').trimEnd()}\n`;
}

/** `Run 'docker pull --help' for more information` */
export function hint(path: readonly string[], word = ''): string {
  return `Run '${path.join(' ')}${word} --help' for more information`;
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

function flagColumn(name: string, { short, kind, value }: FlagSpec): string {
  const typed = kind === 'boolean' ? '' : ` ${value ?? kind}`;
  return `  ${short ? `-${short}, ` : '    '}--${name}${typed}`;
}

function twoColumns(rows: readonly (readonly [string, string])[], width: number): string {
  const left = Math.max(0, ...rows.map(([column]) => column.length)) + 3;
  const indent = `\n${' '.repeat(left)}`;
  return rows.map(([column, text]) => `${column.padEnd(left)}${wrap(text, width - 1 - left).join(indent)}\n`).join('');
}

/** Breaks at spaces so that no line is over `width`, words longer than that aside. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
