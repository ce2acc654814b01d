import { errorMessage, TrustSandboxError } from '../core/index.ts';
import { absentCommand } from './absent-commands.ts';
import { type Command, type CommandGroup, type CommandNode, ExitError, isGroup, UsageError } from './command.ts';
import { FlagError, parseFlags } from './flags.ts';
import { commandHelp, groupHelp, hint, programHelp, usageLine } from './help.ts';
import { Interruption, type Io, printLine } from './io.ts';

/** A program: its tree, whose root has the flags that stand before the command. Its name is the `io`'s. */
export interface Program {
  readonly version: string;
  readonly root: CommandGroup;
}

const STATUS_FLAG_ERROR = 125;
const STATUS_INTERRUPTED = 130;
const VERSION_FLAG = { kind: 'boolean', short: 'v', help: 'Print version information and quit' } as const;
const SHORT_HELP = 'Flag shorthand -h has been deprecated, use --help';

/** Runs `argv` (without the program's own name) and resolves to the exit status. */
export async function runProgram({ root, version }: Program, argv: readonly string[], io: Io): Promise<number> {
  const program = { ...root, flags: { ...root.flags, version: VERSION_FLAG } };
  try {
    const { flags, args, isShortHelp } = parseFlags(argv, program.flags, { stopAtArgument: true });
    const [word, ...rest] = args;
    if (isShortHelp) printLine(io.stderr, SHORT_HELP);
    if (flags.help) return say(io, programHelp([io.program], program, io));
    if (word === 'help') return await showHelp(program, rest, io);
    if (word === '__complete' || word === '__completeNoDesc') {
      const { complete } = await import('./completion/complete.ts');
      return await complete(program, rest, io, word === '__complete');
    }
    if (word !== undefined) return await runWord([io.program], program, flags, args, io);
    if (flags.version) {
      return say(io, `${io.program === 'docker' ? 'Docker' : io.program} version ${version}\n`);
    }
    io.stderr.write(programHelp([io.program], program, io));
    return 0;
  } catch (thrown) {
    return report(thrown, [io.program], io);
  }
}

/** `help COMMAND…`, as `COMMAND… --help`. */
async function showHelp(root: CommandGroup, words: readonly string[], io: Io): Promise<number> {
  let node: CommandNode = root;
  for (const [i, word] of words.entries()) {
    const next: CommandNode | undefined =
      isGroup(node) && Object.hasOwn(node.commands, word) ? node.commands[word] : undefined;
    if (!next) throw new ExitError(1, `unknown help topic: ${words.slice(i).join(' ')}`);
    node = next;
  }
  if (node === root) return say(io, programHelp([io.program], root, io));
  return runNode([io.program, ...words], node, ['--help'], io);
}

async function runNode(path: readonly string[], node: CommandNode, argv: readonly string[], io: Io): Promise<number> {
  if ('loadProgram' in node) return (await node.loadProgram())(argv, io);
  if (!isGroup(node)) return runCommand(path, await node.load(), argv, io);
  try {
    const { flags, args, isShortHelp } = parseFlags(argv, node.flags ?? {}, { stopAtArgument: true });
    if (isShortHelp) printLine(io.stdout, SHORT_HELP);
    if (flags.help) return say(io, groupHelp(path, node));
    if (args.length > 0) return await runWord(path, node, flags, args, io);
    io.stderr.write(groupHelp(path, node));
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof FlagError)) throw thrown;
    printLine(io.stderr, `${thrown.message}\n\n${usageLine(path, '')}\n${hint(path)}`);
    return STATUS_FLAG_ERROR;
  }
}

/** The command of the group that the first argument names. */
async function runWord(
  path: readonly string[],
  group: CommandGroup,
  flags: Readonly<Record<string, unknown>>,
  [word = '', ...rest]: readonly string[],
  io: Io,
): Promise<number> {
  const next = Object.hasOwn(group.commands, word) ? group.commands[word] : undefined;
  if (next) return runNode([...path, word], next, rest, group.applyFlags?.(flags, io) ?? io);
  const absent = absentCommand([...path.slice(1), word], io.program);
  if (absent !== undefined) {
    printLine(io.stderr, absent);
    return 1;
  }
  const usage = path.length > 1 ? `${usageLine(path, '')}\n` : '';
  printLine(io.stderr, `${io.program}: unknown command: ${[...path, word].join(' ')}\n\n${usage}${hint(path)}`);
  return 1;
}

async function runCommand(path: readonly string[], command: Command, argv: readonly string[], io: Io): Promise<number> {
  const stopAtArgument = command.stopAtArgument ?? false;
  try {
    const given = command.hasGoFlags ? argv.map((word) => word.replace(/^-(?=[a-z]{2})/, '--')) : argv;
    const { flags, args, isShortHelp } = parseFlags(given, command.flags, { stopAtArgument });
    if (isShortHelp) printLine(io.stdout, SHORT_HELP);
    if (flags.help) return say(io, commandHelp(path, command, io.stdout.columns));
    checkArguments(path, command, args);
    return await command.run(command.parse(flags, args), io);
  } catch (thrown) {
    if (thrown instanceof FlagError) {
      printLine(io.stderr, `${thrown.message}\n\n${usageLine(path, command.usage)}\n${hint(path)}`);
      return STATUS_FLAG_ERROR;
    }
    if (thrown instanceof UsageError) {
      // docker's own inconsistency: "See" where the number of arguments has a lower bound alone
      const verb = command.arguments.max === Number.POSITIVE_INFINITY ? 'See' : 'Run';
      const more = hint(path, '', verb);
      printLine(io.stderr, `${io.program}: ${thrown.message}\n\n${usageLine(path, command.usage)}\n${more}`);
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
  if (io.signal.aborted) {
    const { reason } = io.signal as { reason: unknown };
    return reason instanceof Interruption ? reason.exitStatus : STATUS_INTERRUPTED;
  }
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
