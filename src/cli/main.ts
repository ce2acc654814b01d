import { processIo } from './process-io.ts';
import { dockerProgram, trustsandboxProgram } from './programs.ts';
import { runProgram } from './run.ts';

// In a box this file is called `docker` and `notary`; its launchers say so.
const { TRUSTSANDBOX_PROGRAM: name = 'trustsandbox' } = process.env;
const argv = process.argv.slice(2);
if (name === 'notary') {
  const { runNotary } = await import('./notary/program.ts');
  process.exitCode = await runNotary(argv, processIo(name));
} else if (name === 'docker') process.exitCode = await runProgram(dockerProgram, argv, processIo(name));
else process.exitCode = await runProgram(trustsandboxProgram, argv, processIo('trustsandbox'));
