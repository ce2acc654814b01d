import { TrustSandboxError } from '../core/index.ts';
import type { FlagSpecs, Flags } from './flags.ts';
import type { Io } from './io.ts';

/** How many arguments a command takes. */
export interface ArgumentCount {
  readonly min: number;
  readonly max: number;
}

export const noArguments: ArgumentCount = { min: 0, max: 0 };
export const anyArguments: ArgumentCount = { min: 0, max: Number.POSITIVE_INFINITY };
export const exactly = (count: number): ArgumentCount => ({ min: count, max: count });
export const atLeast = (count: number): ArgumentCount => ({ min: count, max: Number.POSITIVE_INFINITY });
export const atMost = (count: number): ArgumentCount => ({ min: 0, max: count });

/** One command: what it is called with, and what it does. */
export interface CommandSpec<S extends FlagSpecs, O> {
  /** What follows the command's name in its usage line: `[OPTIONS] NAME[:TAG|@DIGEST]`. */
  readonly usage: string;
  readonly summary: string;
  /** Other spellings, without the program: `image pull`, `pull`. */
  readonly aliases?: readonly string[];
  readonly flags: S;
  readonly arguments: ArgumentCount;
  /** Flags end at the first argument (`exec`). */
  readonly stopAtArgument?: boolean;
  /** Long flags may have one dash too, as Go's own parser takes them (`-config FILE`). */
  readonly hasGoFlags?: boolean;
  /** Typed options, without I/O. @throws {UsageError} worded as docker words it */
  parse(flags: Flags<S>, args: readonly string[]): O;
  /** Does it; resolves to the exit status. Errors thrown are printed and exit with 1, or their `exitStatus`. */
  run(options: O, io: Io): Promise<number>;
}

/** A command whose types are closed up inside it. */
export type Command = CommandSpec<FlagSpecs, unknown>;

export function defineCommand<const S extends FlagSpecs, O>(spec: CommandSpec<S, O>): Command {
  return spec as unknown as Command; // `parse` and `run` agree on O; nobody else looks
}

/** A place in the command tree: a command, loaded when it is called, or a group of them. */
export type CommandNode = CommandLeaf | CommandGroup | ProgramLeaf;

export interface CommandLeaf {
  readonly summary: string;
  /** Heading in the program's help; none hides it there. */
  readonly section?: Section;
  readonly load: () => Promise<Command>;
}

/** A program of its own, with its own flags and help; what follows its name is its affair. */
export interface ProgramLeaf {
  readonly summary: string;
  readonly section?: Section;
  readonly loadProgram: () => Promise<(argv: readonly string[], io: Io) => Promise<number>>;
}

export interface CommandGroup {
  readonly summary: string;
  readonly section?: Section;
  readonly commands: Readonly<Record<string, CommandNode>>;
  /** Flags that stand between the group's name and the command (`compose -f FILE up`), and what they change. */
  readonly flags?: FlagSpecs;
  applyFlags?(flags: Readonly<Record<string, unknown>>, io: Io): Io;
}

export const SECTIONS = ['Common Commands', 'Sandbox Commands', 'Management Commands', 'Commands'] as const;
export type Section = (typeof SECTIONS)[number];

export function isGroup(node: CommandNode): node is CommandGroup {
  return 'commands' in node;
}

/** The command was called in a way it can't be. Printed with the usage line; exits with 1. */
export class UsageError extends TrustSandboxError {
  readonly code = 'CLI_USAGE';
}

/** Ends the command with a status of its own, and a message unless empty. */
export class ExitError extends TrustSandboxError {
  readonly code = 'CLI_EXIT';
  readonly exitStatus: number;
  constructor(exitStatus: number, message = '', options?: ErrorOptions) {
    super(message, options);
    this.exitStatus = exitStatus;
  }
}
