import { processIo } from './process-io.ts';
import { dockerProgram, trustsandboxProgram } from './programs.ts';
import { runProgram } from './run.ts';

// In a box this file is called `docker`; its launcher says so.
const isDocker = process.env.TRUSTSANDBOX_PROGRAM === 'docker';
const io = processIo(isDocker ? 'docker' : 'trustsandbox');
process.exitCode = await runProgram(isDocker ? dockerProgram : trustsandboxProgram, process.argv.slice(2), io);
