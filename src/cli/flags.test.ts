import { describe, expect, test } from 'vitest';
import { type FlagSpecs, parseFlags, refuseNonFilter, refuseNonInteger } from './flags.ts';

const specs = {
  all: { kind: 'boolean', short: 'a', help: '' },
  filter: { kind: 'list', short: 'f', value: 'filter', help: '', refuse: refuseNonFilter },
  last: { kind: 'string', short: 'n', value: 'int', help: '', refuse: refuseNonInteger },
  tree: { kind: 'string', bare: 'full', help: '' },
} as const satisfies FlagSpecs;

describe('flags', () => {
  test.each([
    [['-a', 'x'], { all: true }, ['x']],
    [['x', '--all'], { all: true }, ['x']],
    [['-a=false'], { all: false }, []],
    [['-af', 'a=b', '--filter=c=d'], { all: true, filter: ['a=b', 'c=d'] }, []],
    [['-n3'], { last: '3' }, []],
    [['-n=3'], { last: '3' }, []],
    [['-n', '-1'], { last: '-1' }, []],
    [['--last', '1', '--last', '2'], { last: '2' }, []],
    [['--tree', 'x'], { tree: 'full' }, ['x']],
    [['--tree=short'], { tree: 'short' }, []],
    [['--', '-a', '--'], {}, ['-a', '--']],
    [['-'], {}, ['-']],
    [['--filter='], { filter: [''] }, []],
  ])('%j are read', (argv, flags, args) => {
    expect(parseFlags(argv, specs)).toEqual({ flags, args, isShortHelp: false });
  });

  test.each([
    [['--bogus'], 'unknown flag: --bogus'],
    [['--toString'], 'unknown flag: --toString'],
    [['-ax'], "unknown shorthand flag: 'x' in -x"],
    [['-f'], "flag needs an argument: 'f' in -f"],
    [['-af'], "flag needs an argument: 'f' in -f"],
    [['--last'], 'flag needs an argument: --last'],
    [['---x'], 'bad flag syntax: ---x'],
    [['--=x'], 'bad flag syntax: --=x'],
    [
      ['--all=maybe'],
      'invalid argument "maybe" for "-a, --all" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [['-n', 'x'], 'invalid argument "x" for "-n, --last" flag: strconv.ParseInt: parsing "x": invalid syntax'],
    [['-f', 'x'], 'invalid argument "x" for "-f, --filter" flag: bad format of filter (expected name=value)'],
  ])("%j are refused in docker's words", (argv, message) => {
    expect(() => parseFlags(argv, specs)).toThrow(expect.objectContaining({ code: 'CLI_FLAG', message }));
  });

  test('end at the first argument where the rest is for somebody else', () => {
    const { flags, args } = parseFlags(['-a', 'sh', '-c', '--all=x'], specs, { stopAtArgument: true });
    expect({ flags, args }).toEqual({ flags: { all: true }, args: ['sh', '-c', '--all=x'] });
  });

  test('tell help by its old letter from help by its name', () => {
    expect(parseFlags(['-h'], specs)).toMatchObject({ flags: { help: true }, isShortHelp: true });
    expect(parseFlags(['--help'], specs)).toMatchObject({ flags: { help: true }, isShortHelp: false });
  });
});
