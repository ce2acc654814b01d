import { dockerProgram } from './docker-program.ts';
import { processIo } from './process-io.ts';
import { runProgram } from './run.ts';
import { trustsandboxProgram } from './trustsandbox-program.ts';

/** In a box the program is called `docker` and `notary`; its launchers say so. */
async function main(name: string, argv: readonly string[]): Promise<number> {
  if (name === 'notary') {
    const { runNotary } = await import('./notary/program.ts');
    return runNotary(argv, processIo(name));
  }
  if (name === 'docker') return runProgram(dockerProgram, argv, processIo(name));
  return runProgram(trustsandboxProgram, argv, processIo('trustsandbox'));
}

const { TRUSTSANDBOX_PROGRAM: name = 'trustsandbox' } = process.env;
void main(name, process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
