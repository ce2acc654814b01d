import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Input } from './io.ts';
import { confirm, ioPrompter } from './prompt.ts';
import { captureOutput } from './testing/capture.ts';
import { testIo } from './testing/io.ts';

/** An input that a test writes to; `modes` notes when echo was turned off and on. */
function input({ isTerminal = false } = {}) {
  const stream = new PassThrough();
  const modes: boolean[] = [];
  const raw = Object.assign(stream, { setRawMode: (mode: boolean) => modes.push(mode) });
  return { stream, modes, input: { isTerminal, raw: raw as unknown as Input['raw'] } };
}

function person(options: { isTerminal?: boolean } = {}) {
  const { stream, modes, input: stdin } = input(options);
  const stdout = captureOutput();
  const controller = new AbortController();
  const io = testIo({ stdin, stdout, signal: controller.signal });
  return { stream, modes, stdout, io, controller, prompter: ioPrompter(io) };
}

describe('without a terminal', () => {
  test('a line is read for each question, also when all come at once', async () => {
    const { stream, prompter, stdout } = person();
    stream.end('one\ntwo\r\nthree');
    expect(await prompter.askHidden('A: ')).toBe('one');
    expect(await prompter.askHidden('B: ')).toBe('two\r'); // trimmed by those who ask
    expect(await prompter.askHidden('C: ')).toBe('three');
    expect(await prompter.askHidden('D: ')).toBeUndefined();
    expect(stdout.text).toBe('A: \nB: \nC: \nD: \n');
  });

  test('a line that comes in pieces is read whole, letters cut in the middle too', async () => {
    const { stream, prompter } = person();
    const asked = prompter.askHidden('A: ');
    const bytes = Buffer.from('größer\n');
    stream.write(bytes.subarray(0, 3));
    await new Promise(setImmediate);
    stream.write(bytes.subarray(3));
    expect(await asked).toBe('größer');
  });
});

describe('in a terminal', () => {
  test('what is typed is not shown, and echo is turned on again', async () => {
    const { stream, prompter, stdout, modes } = person({ isTerminal: true });
    stream.write('secret\r');
    expect(await prompter.askHidden('A: ')).toBe('secret');
    expect(modes).toEqual([true, false]);
    expect(stdout.text).toBe('A: \n');
  });

  test.each([
    { keys: 'sex\x7fcret\r', line: 'secret' },
    { keys: 'x\b\b\bsecret\r', line: 'secret' },
    { keys: 'wrong\x15secret\n', line: 'secret' },
    { keys: 'ä\x7fsecret\r', line: 'secret' },
    { keys: 'se\x04cret\r', line: 'secret' },
    { keys: '\x04', line: undefined },
  ])('$keys is $line', async ({ keys, line }) => {
    const { stream, prompter } = person({ isTerminal: true });
    stream.write(keys);
    expect(await prompter.askHidden('A: ')).toBe(line);
  });

  test.each(['Ctrl-C', 'a signal'])('%s ends the command, with echo on', async (how) => {
    const { stream, prompter, modes, controller, stdout } = person({ isTerminal: true });
    const asked = prompter.askHidden('A: ');
    if (how === 'Ctrl-C') stream.write('sec\x03ret\r');
    else controller.abort();
    await expect(asked).rejects.toMatchObject({ code: 'CLI_EXIT', exitStatus: 130 });
    expect(modes.at(-1)).toBe(false);
    expect(stdout.text).toBe('A: \n');
  });
});

test.each([
  ['y\n', true],
  ['Y\n', true],
  ['yes\n', false],
  ['\n', false],
  ['', false],
])('a question answered with %j is %s', async (answer, expected) => {
  const { stream, io, stdout } = person();
  stream.end(answer);
  expect(await confirm(io, 'Sure?')).toBe(expected);
  expect(stdout.text).toBe('Sure? [y/N] ');
});
