import { describe, expect, test } from 'vitest';
import { dockerProgram } from '../../src/cli/docker-program.ts';
import { runProgram } from '../../src/cli/run.ts';
import { captureOutput } from '../../src/cli/testing/capture.ts';
import { testIo } from '../../src/cli/testing/io.ts';
import { readTranscript } from './transcript.ts';

const isAboutUse = /^docker trust[a-z ]*( --help)?$/;
const recorded = ['04-trust-inspect', '05-trust-keys-signers', '07-trust-sign-revoke']
  .flatMap((name) => readTranscript(`${name}.txt`))
  .filter(({ command, stdout, stderr }) => isAboutUse.test(command) && `${stdout}${stderr}`.includes('Usage:'));

describe('docker 28 prints the same as we do, byte for byte, when called as', () => {
  test.each(recorded)('$command', async ({ command, stdout, stderr, status }) => {
    const [out, err] = [captureOutput(), captureOutput()];
    const io = testIo({ program: 'docker', stdout: out, stderr: err });
    const exit = await runProgram(dockerProgram, command.split(' ').slice(1), io);
    expect({ stdout: out.text, stderr: err.text, status: exit }).toEqual({ stdout, stderr, status });
  });
});
