import { expect, test } from 'vitest';
import { clientCommands, start } from '../../src/cli/client.ts';
import { trustsandboxProgram } from '../../src/cli/trustsandbox-program.ts';

test('what the client starts by itself is what the whole program has under that name', () => {
  expect(trustsandboxProgram.root.commands).toMatchObject(clientCommands);
});

test.each([['serve', 'registry'], ['up'], ['no-such-command'], ['--help'], []])(
  'leaves %s to the whole program',
  (...argv) => {
    expect(start('trustsandbox', argv)).toBe(false);
  },
);
