import { dockerProgram } from './docker-program.ts';
import { processIo } from './process-io.ts';
import { runProgram } from './run.ts';
import { trustsandboxProgram } from './trustsandbox-program.ts';

/** Starts the whole program in this process. In a box it is called `docker` or `notary`; its launchers say so. */
export function start(name: string, argv: readonly string[]): void {
  void run(name, argv).then((status) => {
    process.exitCode = status;
  });
}

async function run(name: string, argv: readonly string[]): Promise<number> {
  if (name === 'notary') {
    const { runNotary } = await import('./notary/program.ts');
    return runNotary(argv, processIo(name));
  }
  return runProgram(name === 'docker' ? dockerProgram : trustsandboxProgram, argv, processIo(name));
}
