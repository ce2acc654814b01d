import { errorMessage, TrustSandboxError } from '../core/index.ts';
import { type Command, type CommandGroup, type CommandNode, ExitError, isGroup, UsageError } from './command.ts';
import { FlagError, type FlagSpecs, parseFlags } from './flags.ts';
import { commandHelp, groupHelp, hint, programHelp, usageLine } from './help.ts';
import { type Io, printLine } from './io.ts';

/** A program: its name in help, its tree, and the flags that stand before the command. */
export interface Program {
  readonly summary: string;
  readonly version: string;
  readonly root: CommandGroup;
  readonly globals: FlagSpecs;
  /** Applies the flags that stand before the command. */
  withGlobals(flags: Readonly<Record<string, unknown>>, io: Io): Io;
}

const STATUS_FLAG_ERROR = 125;
const STATUS_INTERRUPTED = 130;

/** Runs `argv` (without the program's own name) and resolves to the exit status. */
export async function runProgram(program: Program, argv: readonly string[], io: Io): Promise<number> {
  const globals = {
    ...program.globals,
    version: { kind: 'boolean', short: 'v', help: 'Print version information and quit' },
  } as const;
  let path: string[] = [io.program];
  try {
    const { flags, args } = parseFlags(argv, globals, { stopAtArgument: true });
    if (flags.version) return say(io, `${io.program} version ${program.version}\n`);
    if (args.length === 0) return say(io, programHelp(io.program, program.summary, program.root, globals));
    const found = findCommand(program.root, args);
    path = [io.program, ...found.path];
    if (isGroup(found.node)) return runGroup(path, found.node, found.rest, io);
    return await runCommand(path, await found.node.load(), found.rest, program.withGlobals(flags, io));
  } catch (thrown) {
    return report(thrown, path, io);
  }
}

function findCommand(root: CommandGroup, words: readonly string[]) {
  let node: CommandNode = root;
  const path: string[] = [];
  for (const word of words) {
    const next: CommandNode | undefined =
      isGroup(node) && Object.hasOwn(node.commands, word) ? node.commands[word] : undefined;
    if (!next) break;
    node = next;
    path.push(word);
  }
  return { node, path, rest: words.slice(path.length) };
}

function runGroup(path: readonly string[], group: CommandGroup, rest: readonly string[], io: Io): number {
  const { flags, args } = parseFlags(rest, {}, { stopAtArgument: true });
  if (flags.help || args.length === 0) return say(io, groupHelp(path, group));
  const name = `${path.join(' ')} ${args[0]}`;
  const usage = path.length > 1 ? `${usageLine(path, '')}\n` : '';
  printLine(io.stderr, `${io.program}: unknown command: ${name}\n\n${usage}${hint(path)}`);
  return 1;
}

async function runCommand(path: readonly string[], command: Command, argv: readonly string[], io: Io): Promise<number> {
  const stopAtArgument = command.stopAtArgument ?? false;
  try {
    const { flags, args } = parseFlags(argv, command.flags, { stopAtArgument });
    if (flags.help) return say(io, commandHelp(path, command, io.stdout.columns));
    checkArguments(path, command, args);
    return await command.run(command.parse(flags, args), io);
  } catch (thrown) {
    if (thrown instanceof FlagError) {
      printLine(io.stderr, `${thrown.message}\n\n${usageLine(path, command.usage)}\n${hint(path)}`);
      return STATUS_FLAG_ERROR;
    }
    if (thrown instanceof UsageError) {
      printLine(io.stderr, `${io.program}: ${thrown.message}\n\n${usageLine(path, command.usage)}\n${hint(path)}`);
      return 1;
    }
    throw thrown;
  }
}

function checkArguments(path: readonly string[], command: Command, args: readonly string[]): void {
  const { min, max } = command.arguments;
  if (args.length >= min && args.length <= max) return;
  const what = max === 0 ? 'accepts no arguments' : `requires ${boundsText(min, max)}`;
  throw new UsageError(`'${path.join(' ')}' ${what}`);
}

function boundsText(min: number, max: number): string {
  const plural = (count: number): string => `${count} argument${count === 1 ? '' : 's'}`;
  if (min === max) return plural(min);
  if (max === Number.POSITIVE_INFINITY) return `at least ${plural(min)}`;
  return min === 0 ? `at most ${plural(max)}` : `at least ${min} and at most ${plural(max)}`;
}

function report(thrown: unknown, path: readonly string[], io: Io): number {
  if (io.signal.aborted) return STATUS_INTERRUPTED;
  if (thrown instanceof FlagError) {
    printLine(io.stderr, `${thrown.message}\n\n${usageLine(path, '[OPTIONS] COMMAND [ARG...]')}\n${hint(path)}`);
    return STATUS_FLAG_ERROR;
  }
  if (errorMessage(thrown) !== '') printLine(io.stderr, errorMessage(thrown));
  if (io.env.TRUSTSANDBOX_DEBUG && thrown instanceof Error) printLine(io.stderr, thrown.stack);
  else if (!(thrown instanceof TrustSandboxError)) {
    printLine(io.stderr, 'This was not expected; TRUSTSANDBOX_DEBUG=1 shows where it happened.');
  }
  return thrown instanceof ExitError ? thrown.exitStatus : 1;
}

function say(io: Io, text: string): number {
  io.stdout.write(text);
  return 0;
}
