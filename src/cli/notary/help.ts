import type { FlagSpec, FlagSpecs } from '../flags.ts';
import type { NotaryCommand, NotaryGroup } from './command.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';

const MIN_NAME_WIDTH = 11;
const ROOT_FLAGS = { ...GLOBAL_FLAGS, version: { kind: 'boolean', help: 'Show the version' } } as const;

/** Usage of one command, as notary prints it for a wrong call; `path` is the program and the groups above it. */
export function commandUsage(path: readonly string[], { usage, flags }: NotaryCommand): string {
  const [name = ''] = usage.split(' ');
  return `Usage:\n  ${[...path, usage].join(' ')} [flags]\n\n${flagSection(name, flags)}\n${globalSection()}`;
}

export function commandHelp(path: readonly string[], command: NotaryCommand): string {
  return `${command.long}\n\n${commandUsage(path, command)}`;
}

/** Help of the program itself, or of a group of commands. */
export function groupHelp(path: readonly string[], group: NotaryGroup): string {
  return `${group.long}\n\n${groupUsage(path, group)}`;
}

export function groupUsage(path: readonly string[], { commands }: NotaryGroup): string {
  const isRoot = path.length === 1;
  const words = path.join(' ');
  const rows = Object.keys(commands)
    .sort()
    .map((name) => `  ${name.padEnd(MIN_NAME_WIDTH)} ${commands[name]?.short ?? ''}\n`);
  const flags = isRoot
    ? flagSection('notary', ROOT_FLAGS)
    : `${flagSection(path.at(-1) ?? '', {})}\n${globalSection()}`;
  return (
    `Usage:\n${isRoot ? `  ${words} [flags]\n` : ''}  ${words} [command]\n\nAvailable Commands:\n${rows.join('')}\n` +
    `${flags}\nUse "${words} [command] --help" for more information about a command.\n`
  );
}

function flagSection(name: string, flags: FlagSpecs): string {
  return `Flags:\n${flagRows({ ...flags, help: { kind: 'boolean', short: 'h', help: `help for ${name}` } })}`;
}

const globalSection = (): string => `Global Flags:\n${flagRows(GLOBAL_FLAGS)}`;

function flagRows(flags: FlagSpecs): string {
  const rows = Object.entries(flags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, spec]) => [leftColumn(name, spec), spec.help] as const);
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, help]) => `${left.padEnd(width)}   ${help}\n`).join('');
}

function leftColumn(name: string, { short, kind, value }: FlagSpec): string {
  const typed = kind === 'boolean' ? '' : ` ${value ?? 'string'}`;
  return `  ${short ? `-${short}, ` : '    '}--${name}${typed}`;
}
