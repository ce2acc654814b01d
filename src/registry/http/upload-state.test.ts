import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseRepositoryName } from '../../core/index.ts';
import { parseUploadId } from '../upload-id.ts';
import { findUploadOffset, formatUploadState } from './upload-state.ts';

const name = parseRepositoryName('test/api');
const id = parseUploadId('01234567-89ab-4def-8123-456789abcdef');
const find = (secret: string | undefined, text: string) => findUploadOffset(secret, name, id, text);

/** As CNCF distribution packs it. */
function packed(secret: string, state: object): string {
  const json = JSON.stringify(state);
  const mac = createHmac('sha256', secret).update(json).digest();
  return Buffer.concat([mac, Buffer.from(json)])
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

test.each([undefined, 'secret'])('a state is read back, with the secret %s', (secret) => {
  for (const offset of [0, 1, 12_345_678_901]) {
    expect(find(secret, formatUploadState(secret, name, id, offset))).toBe(offset);
  }
});

test('a state that distribution gave is read with its secret', () => {
  const state = { Name: 'test/api', UUID: id, Offset: 99, StartedAt: '2026-11-24T07:00:00.123456789Z' };
  expect(find('secret', packed('secret', state))).toBe(99);
  expect(formatUploadState('secret', name, id, 99).length % 4).toBe(0);
});

const good = { Name: 'test/api', UUID: id, Offset: 3 };
test.each([
  { why: 'of another secret', text: packed('other', good) },
  { why: 'of another repository', text: packed('secret', { ...good, Name: 'test/other' }) },
  { why: 'of another upload', text: packed('secret', { ...good, UUID: 'x' }) },
  { why: 'before the beginning', text: packed('secret', { ...good, Offset: -1 }) },
  { why: 'that is cut', text: packed('secret', good).slice(0, 20) },
  { why: 'that is text', text: 'nonsense' },
  { why: 'that is empty', text: '' },
])('a state $why is none', ({ text }) => {
  expect(find('secret', text)).toBeUndefined();
  expect(find(undefined, text)).toBeUndefined();
});
