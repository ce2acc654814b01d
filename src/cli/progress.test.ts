import { expect, test } from 'vitest';
import { formatProgress, StreamError, type StreamMessage, showProgress } from './progress.ts';
import { captureOutput } from './testing/capture.ts';

async function* stream(...messages: StreamMessage[]): AsyncGenerator<StreamMessage> {
  yield* messages;
}

const push = (): AsyncGenerator<StreamMessage> =>
  stream(
    { status: 'The push refers to repository [r:5000/a]' },
    { status: 'Preparing', progressDetail: {}, id: '3f6eb71c3ddd' },
    { status: 'Preparing', progressDetail: {}, id: '77e84a8fd9ff' },
    { status: 'Pushing', progressDetail: { current: 512, total: 19_180 }, id: '3f6eb71c3ddd' },
    { status: 'Pushed', progressDetail: {}, id: '77e84a8fd9ff' },
    { status: 'latest: digest: sha256:aa size: 730' },
    { progressDetail: {}, aux: { Tag: 'latest' } },
  );

test('in a terminal each id keeps its line and is redrawn there', async () => {
  const out = captureOutput({ columns: 120 });
  const seen: unknown[] = [];
  await showProgress(push(), out, (aux) => seen.push(aux));
  expect(out.text).toBe(
    'The push refers to repository [r:5000/a]\n' +
      '\n\x1b[1A\x1b[2K\r3f6eb71c3ddd: Preparing \r\x1b[1B' +
      '\n\x1b[1A\x1b[2K\r77e84a8fd9ff: Preparing \r\x1b[1B' +
      '\x1b[2A\x1b[2K\r3f6eb71c3ddd: Pushing [=>                                                 ]     512B/19.18kB\r\x1b[2B' +
      '\x1b[1A\x1b[2K\r77e84a8fd9ff: Pushed \r\x1b[1B' +
      'latest: digest: sha256:aa size: 730\n',
  );
  expect(seen).toEqual([{ Tag: 'latest' }]);
});

test('without a terminal events are lines and bars are left out', async () => {
  const out = captureOutput();
  await showProgress(push(), out);
  expect(out.text).toBe(
    'The push refers to repository [r:5000/a]\n3f6eb71c3ddd: Preparing\n77e84a8fd9ff: Preparing\n' +
      '77e84a8fd9ff: Pushed\nlatest: digest: sha256:aa size: 730\n',
  );
});

test('an error in the stream ends it', async () => {
  const failing = showProgress(
    stream({ errorDetail: { message: 'unexpected EOF' }, error: 'unexpected EOF' }),
    captureOutput(),
  );
  await expect(failing).rejects.toThrow(StreamError);
});

test.each([
  [{}, 200, ''],
  [{ current: 15, total: 205 }, 120, '[===>                                               ]      15B/205B'],
  [{ current: 30_720, total: 19_180 }, 120, '[==================================================>]  30.72kB'],
  [{ current: 15, total: 205 }, 80, '     15B/205B'],
  [{ current: 512 }, 80, '    512B'],
])('%j in %i columns is shown as %j', (detail, columns, text) => {
  expect(formatProgress(detail, columns)).toBe(text);
});
