import { describe, expect, test } from 'vitest';
import { readSettings } from './read-settings.ts';
import type { Section } from './section.ts';

const KEYS = ['server.http_addr', 'server.tls_cert_file', 'storage.backend'];

function read<T>(
  ask: (top: Section) => T,
  environment: Record<string, string>,
  text = '{"Server": {"HTTP_Addr": ":1"}}',
) {
  return readSettings({ file: { path: 'c.json', text }, environment, prefix: 'N_', keys: KEYS }, ask);
}
const address = (top: Section) => top.section('server').text('http_addr');

describe('settings whose names have underscores', () => {
  test.each([
    { why: 'come from the file, in any case', environment: {}, found: ':1' },
    { why: 'come from the variable of their whole name', environment: { N_SERVER_HTTP_ADDR: ':2' }, found: ':2' },
    { why: 'are not changed by an empty variable', environment: { N_SERVER_HTTP_ADDR: '' }, found: ':1' },
    { why: 'are texts, whatever they look like', environment: { N_SERVER_HTTP_ADDR: '{a: b}' }, found: '{a: b}' },
    {
      why: 'come from a variable where the file has none',
      environment: { N_SERVER_HTTP_ADDR: ':2' },
      text: '{}',
      found: ':2',
    },
    {
      why: 'come from a variable where the file has a text in place of a section',
      environment: { N_SERVER_HTTP_ADDR: ':2' },
      text: '{"server": 1}',
      found: ':2',
    },
  ])('$why', ({ environment, found, text }) => {
    expect(read(address, environment, text)).toEqual({ value: found, warnings: [] });
  });

  test('have no other variables, and those that were meant are named', () => {
    const { warnings } = read(address, { N_STORAGE_TYPE: 'x', N_OTHER: 'y', OTHER: 'z' });
    expect(warnings).toEqual([
      'N_OTHER: is not known, and has no effect',
      'N_STORAGE_TYPE: is not known, and has no effect; there are N_STORAGE_BACKEND',
    ]);
  });
});
