import { expect, test } from 'vitest';
import { formatEvent, formatFailure, message, step } from './progress-event.ts';

test.each([
  [message('Pulling from test/trusttest', 'latest'), '{"status":"Pulling from test/trusttest","id":"latest"}'],
  [message('Digest: x'), '{"status":"Digest: x"}'],
  [step('3f6eb71c3ddd', 'Preparing'), '{"status":"Preparing","progressDetail":{},"id":"3f6eb71c3ddd"}'],
  [
    step('3f6eb71c3ddd', 'Pushing', { current: 512, total: 19_182 }),
    '{"status":"Pushing","progressDetail":{"current":512,"total":19182},"progress":"[=\\u003e                                                 ]     512B/19.18kB","id":"3f6eb71c3ddd"}',
  ],
  [
    step('3f6eb71c3ddd', 'Pushing', { current: 30_720, total: 19_182 }),
    '{"status":"Pushing","progressDetail":{"current":30720,"total":19182},"progress":"[==================================================\\u003e]  30.72kB","id":"3f6eb71c3ddd"}',
  ],
  [
    { aux: { Tag: 'latest', Digest: 'sha256:b351', Size: 730 } },
    '{"progressDetail":{},"aux":{"Tag":"latest","Digest":"sha256:b351","Size":730}}',
  ],
])('%j is written as dockerd writes it', (event, line) => {
  expect(formatEvent(event)).toBe(`${line}\r\n`);
});

test('what ends a stream says it twice, as dockerd does', () => {
  expect(formatFailure('a > b')).toBe('{"errorDetail":{"message":"a \\u003e b"},"error":"a \\u003e b"}\r\n');
});
