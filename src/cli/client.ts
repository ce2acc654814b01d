import type { CommandGroup } from './command.ts';
import { dockerProgram } from './docker-program.ts';
import { dockerCommands } from './docker-tree.ts';
import { processIo } from './process-io.ts';
import { type Program, runProgram } from './run.ts';
import { fullTrustCommands } from './trust/tree.ts';

const { exec: _, container: __, ...shared } = dockerCommands; // the sandbox's own are others

/** The commands of `trustsandbox` that need no server: the same as in the whole program. */
export const clientCommands: CommandGroup['commands'] = { ...shared, trust: fullTrustCommands };

/**
 * Starts a command of the client in this process, without loading the rest of the program, which is most of it.
 * @returns whether it did; if not, nothing happened, and the whole program is to be started
 */
export function start(name: string, argv: readonly string[]): boolean {
  const run = find(name, argv);
  if (run === undefined) return false;
  void run().then((status) => {
    process.exitCode = status;
  });
  return true;
}

function find(name: string, argv: readonly string[]): (() => Promise<number>) | undefined {
  if (name === 'docker') return () => runProgram(dockerProgram, argv, processIo(name));
  if (name === 'notary') {
    return async () => (await import('./notary/program.ts')).runNotary(argv, processIo(name));
  }
  if (!Object.hasOwn(clientCommands, argv[0] ?? '')) return undefined;
  const program: Program = { ...dockerProgram, root: { ...dockerProgram.root, commands: clientCommands } };
  return () => runProgram(program, argv, processIo(name));
}
