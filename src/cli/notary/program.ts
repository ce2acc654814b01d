import { errorMessage, TrustSandboxError } from '../../core/index.ts';
import { ExitError } from '../command.ts';
import { parseFlags } from '../flags.ts';
import type { Io } from '../io.ts';
import { findSurroundings } from '../surroundings.ts';
import {
  type FindSurroundings,
  NotaryAbortedError,
  type NotaryCall,
  NotaryCommandError,
  type NotaryGroup,
  type NotaryLeaf,
  NotaryUsageError,
} from './command.ts';
import { findCommand } from './find-command.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';
import { commandHelp, commandUsage, groupHelp, groupUsage } from './help.ts';
import { suggest } from './suggestions.ts';
import { notaryCommands } from './tree.ts';
import { versionLine } from './version.ts';

const STATUS_INTERRUPTED = 130;

/**
 * Runs `notary ARGV` and resolves to its exit status. What notary prints goes to stdout, errors included; its log alone
 * goes to stderr.
 */
export async function runNotary(
  argv: readonly string[],
  io: Io,
  surroundingsOf: FindSurroundings = findSurroundings,
): Promise<number> {
  const program = io.program === 'notary' ? ['notary'] : [io.program, 'notary'];
  try {
    await dispatch(program, argv, io, surroundingsOf);
    return 0;
  } catch (thrown) {
    return report(thrown, io);
  }
}

async function dispatch(
  program: readonly string[],
  argv: readonly string[],
  io: Io,
  surroundingsOf: FindSurroundings,
): Promise<void> {
  const { words, node, rest } = findCommand(notaryCommands, argv);
  const path = [program.join(' '), ...words];
  if ('load' in node) return runCommand(path.slice(0, -1), node, rest, { io, findSurroundings: surroundingsOf });
  const isRoot = words.length === 0;
  const flags = { ...GLOBAL_FLAGS, ...(isRoot && { version: { kind: 'boolean', help: '' } as const }) };
  const parsed = parseFlags(rest, flags);
  const [unknown] = parsed.args;
  if (isRoot && unknown !== undefined && !parsed.flags.help) throw unknownCommand(unknown, path);
  if (parsed.flags.version) return io.stdout.write(versionLine());
  io.stdout.write(isRoot && !parsed.flags.help ? groupUsage(path, node) : groupHelp(path, node));
}

async function runCommand(
  path: readonly string[],
  leaf: NotaryLeaf,
  argv: readonly string[],
  call: Omit<NotaryCall, 'global'>,
): Promise<void> {
  const { stdout } = call.io;
  const command = await leaf.load();
  const { flags, args } = parseFlags(argv, { ...command.flags, ...GLOBAL_FLAGS });
  if (flags.help) return stdout.write(commandHelp(path, command));
  try {
    await command.run(flags, args, { ...call, global: flags });
  } catch (thrown) {
    if (thrown instanceof NotaryUsageError) stdout.write(commandUsage(path, command));
    throw thrown;
  }
}

function unknownCommand(word: string, path: readonly string[]): NotaryCommandError {
  const meant = suggest(word, Object.keys(notaryCommands.commands));
  const hint = meant.length > 0 ? `\n\nDid you mean this?\n${meant.map((name) => `\t${name}\n`).join('')}` : '';
  return new NotaryCommandError(`unknown command ${JSON.stringify(word)} for ${JSON.stringify(path.join(' '))}${hint}`);
}

function report(thrown: unknown, io: Io): number {
  if (io.signal.aborted) return STATUS_INTERRUPTED;
  if (thrown instanceof ExitError && thrown.message === '') return thrown.exitStatus;
  io.stdout.write(`${thrown instanceof NotaryAbortedError ? '' : '\n'}* fatal: ${errorMessage(thrown)}\n`);
  if (io.env.TRUSTSANDBOX_DEBUG && thrown instanceof Error) io.stderr.write(`${thrown.stack}\n`);
  else if (!(thrown instanceof TrustSandboxError) && !isSystemError(thrown)) {
    io.stderr.write('This was not expected; TRUSTSANDBOX_DEBUG=1 shows where it happened.\n');
  }
  return 1;
}

const isSystemError = (thrown: unknown): boolean => (thrown as NodeJS.ErrnoException).syscall !== undefined;

/** Prints the help of the command that `words` name. */
export async function printHelp(words: readonly string[], io: Io): Promise<void> {
  const program = io.program === 'notary' ? 'notary' : `${io.program} notary`;
  const { words: found, node, rest } = findCommand(notaryCommands, words);
  const path = [program, ...found];
  if (rest.length > 0 && !('load' in node)) {
    io.stdout.write(
      `Unknown help topic [${words.map((word) => `\`${word}\``).join(' ')}]\n${groupUsage([program], notaryCommands)}`,
    );
    return;
  }
  io.stdout.write(
    'load' in node ? commandHelp(path.slice(0, -1), await node.load()) : groupHelp(path, node as NotaryGroup),
  );
}
