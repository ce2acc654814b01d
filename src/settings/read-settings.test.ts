import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDuration } from './duration.ts';
import { readSettings } from './read-settings.ts';
import type { Section } from './section.ts';

const FILE = `# a comment
version: 0.1
http:
  addr: :5000
  relativeurls: yes
  headers:
    X-A: [a, b]
    X-B: c
storage:
  filesystem: &where
    rootdirectory: /a
    maxthreads: 25
  other:
    <<: *where
    rootdirectory: /b
timeout: 1m30s
endpoints:
  - url: http://a
  - url: http://b
`;

function read<T>(ask: (top: Section) => T, { text = FILE, environment = {} } = {}): T {
  const source = { file: { path: 'c.yml', text }, environment, prefix: 'REGISTRY_' };
  return readSettings(source, ask).value;
}

describe('settings', () => {
  test.each<{ what: string; ask: (top: Section) => unknown; found: unknown }>([
    { what: 'a text', ask: (top) => top.section('http').text('addr'), found: ':5000' },
    { what: 'a number as text', ask: (top) => top.text('version'), found: '0.1' },
    { what: 'a boolean', ask: (top) => top.section('http').boolean('relativeurls'), found: true },
    { what: 'a number', ask: (top) => top.section('storage').section('filesystem').integer('maxthreads'), found: 25 },
    { what: 'a duration', ask: (top) => top.duration('timeout'), found: 90_000 },
    { what: 'what is not there', ask: (top) => top.section('tls').text('key'), found: undefined },
    {
      what: 'what was merged',
      ask: (top) => top.section('storage').section('other').plain(),
      found: { rootdirectory: '/b', maxthreads: 25 },
    },
    {
      what: 'headers',
      ask: (top) => [...top.section('http').textLists('headers')],
      found: [
        ['X-A', ['a', 'b']],
        ['X-B', ['c']],
      ],
    },
    {
      what: 'a list of sections',
      ask: (top) => top.sections('endpoints').map((each) => each.text('url')),
      found: ['http://a', 'http://b'],
    },
  ])('have $what', ({ ask, found }) => {
    expect(read(ask)).toEqual(found);
  });

  test.each<{ environment: Record<string, string>; ask: (top: Section) => unknown; found: unknown; text?: string }>([
    { environment: { REGISTRY_HTTP_ADDR: '5001' }, ask: (top) => top.section('http').text('addr'), found: '5001' },
    {
      environment: { REGISTRY_HTTP_HEADERS: '{X-C: [d]}' },
      ask: (top) => [...top.section('http').textLists('headers')],
      found: [['X-C', ['d']]],
    },
    {
      environment: { REGISTRY_HTTP_TLS_KEY: '/k' },
      ask: (top) => top.section('http').section('tls').text('key'),
      found: '/k',
    },
    {
      environment: { REGISTRY_ENDPOINTS_1_URL: 'u' },
      ask: (top) => top.sections('endpoints')[1]?.text('url'),
      found: 'u',
    },
    {
      environment: { REGISTRY_ENDPOINTS_2_URL: 'u' },
      ask: (top) => top.sections('endpoints')[2]?.text('url'),
      found: 'u',
    },
    {
      environment: { REGISTRY_AUTH_HTPASSWD_REALM: 'r', REGISTRY_AUTH: 'htpasswd' },
      ask: (top) => top.section('auth', { nameAlone: true }).section('htpasswd').text('realm'),
      found: 'r',
    },
    {
      environment: { REGISTRY_STORAGE: 'inmemory' },
      ask: (top) => top.section('storage', { nameAlone: true }).names,
      found: ['inmemory'],
    },
    { environment: { HTTP_ADDR: 'x', REGISTRY_: 'x' }, ask: (top) => top.section('http').text('addr'), found: ':5000' },
    { environment: { REGISTRY_HTTP_ADDR: '' }, ask: (top) => top.section('http').text('addr'), found: undefined },
    {
      environment: { REGISTRY_HTTP_ADDR: ':5001' },
      ask: (top) => top.section('http').text('addr'),
      found: ':5001',
      text: '',
    },
    { environment: { REGISTRY_HTTP_ADDR: '{[' }, ask: (top) => top.section('http').text('addr'), found: '{[' },
  ])('are overridden by $environment', ({ environment, ask, found, text = FILE }) => {
    expect(read(ask, { environment, text })).toEqual(found);
  });

  test('are reported all at once, by name and place, when they are wrong', () => {
    const text = 'a: 1\nhttp:\n  addr: [x]\n  on: maybe\nn: 1.5\nd: soon\nlevel: loud\n';
    const source = { file: { path: 'c.yml', text }, environment: { T_HTTP_CERT: '{a: b}' }, prefix: 'T_' };
    const ask = (top: Section) => {
      const http = top.section('http');
      http.text('addr');
      http.boolean('on');
      http.text('cert');
      http.requiredText('key');
      top.integer('n');
      top.duration('d');
      top.oneOf('level', ['info', 'debug']);
      top.section('a');
    };
    expect(() => readSettings(source, ask)).toThrow(
      [
        'c.yml:3: http.addr: is a list',
        'c.yml:4: http.on: want true or false, found "maybe"',
        'T_HTTP_CERT: http.cert: has settings below it',
        'c.yml:2: http.key: must be given',
        'c.yml:5: n: want a whole number from 0, found "1.5"',
        'c.yml:6: d: want a duration such as 30s or 1h30m, found "soon"',
        'c.yml:7: level: want one of info, debug, found "loud"',
        'c.yml:1: a: want settings by name, found "1"',
      ].join('\n'),
    );
  });

  test('nobody asked for are told of, by name and place', () => {
    const text = 'known: 1\nhttp:\n  adr: x\nextra:\n  a: 1\nold: true\n';
    const source = { file: { path: 'c.yml', text }, environment: { T_HTPP_ADDR: ':1' }, prefix: 'T_' };
    const { warnings } = readSettings(source, (top) => {
      top.integer('known');
      top.section('http').text('addr');
      top.ineffective('old', 'it was never needed');
    });
    expect(warnings).toEqual([
      'c.yml:6: old: has no effect: it was never needed',
      'c.yml:4: extra: is not known, and has no effect',
      'T_HTPP_ADDR: htpp: is not known, and has no effect',
      'c.yml:3: http.adr: is not known, and has no effect',
    ]);
  });

  test.each([
    { text: 'a: [', message: /^c\.yml:1: not YAML/ },
    { text: 'a: 1\n\tb: 2', message: /^c\.yml:2: not YAML/ },
    { text: '- a\n', message: /^c\.yml:1: want settings by name/ },
    { text: 'a: 1\na: 2\n', message: /^c\.yml:2: not YAML/ },
  ])('of $text are no settings', ({ text, message }) => {
    expect(() => read(() => undefined, { text })).toThrow(message);
  });

  test('that are aliases of aliases end somewhere', () => {
    const rows = [...'bcdefghijkl'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghijk'[at]}`)}]`);
    expect(read((top) => top.names.length, { text: `a: &a [x]\n${rows.join('\n')}\n` })).toBe(12);
  });
});

describe('a duration', () => {
  test.each([
    ['10s', 10_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['250ms', 250],
    ['5000000000', 5000],
    ['0', 0],
    ['168h', 604_800_000],
    ['-1s', -1000],
    ['', undefined],
    ['s', undefined],
    ['1', 1e-6],
    ['1 s', undefined],
    ['1d', undefined],
  ])('%j is %j ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test('of any seconds and minutes is their sum', () => {
    fc.assert(fc.property(fc.nat(1000), fc.nat(1000), (m, s) => parseDuration(`${m}m${s}s`) === (m * 60 + s) * 1000));
  });
});
