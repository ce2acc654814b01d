import { describe, expect, test } from 'vitest';
import { covers } from './access.ts';
import { formatScope, parseScope } from './scope.ts';

describe('a scope', () => {
  test.each([
    { text: 'repository:a/b:pull', access: [{ type: 'repository', name: 'a/b', actions: ['pull'] }] },
    { text: 'repository:a:push,pull', access: [{ type: 'repository', name: 'a', actions: ['push', 'pull'] }] },
    { text: 'repository:h:5000/a:pull', access: [{ type: 'repository', name: 'h:5000/a', actions: ['pull'] }] },
    { text: 'registry:catalog:*', access: [{ type: 'registry', name: 'catalog', actions: ['*'] }] },
    { text: 'repository(plugin):a:pull', access: [{ type: 'repository', name: 'a', actions: ['pull'] }] },
    { text: 'repository:a:pull,pull', access: [{ type: 'repository', name: 'a', actions: ['pull'] }] },
    {
      text: 'repository:a:pull repository:b:pull',
      access: ['a', 'b'].map((name) => ({ type: 'repository', name, actions: ['pull'] })),
    },
    { text: '', access: [] },
    { text: 'repository', access: [] },
    { text: 'repository:a', access: [] },
    { text: 'repository::pull', access: [] },
    { text: 'repository:a:', access: [] },
    { text: 'repository:a:PULL', access: [] },
    { text: `repository:${'a'.repeat(2000)}:pull`, access: [] },
  ])('$text is read', ({ text, access }) => {
    expect(parseScope(text)).toEqual(access);
  });

  test('is written as it is read', () => {
    const text = 'repository:h:5000/a/b:pull,push registry:catalog:*';
    expect(formatScope(parseScope(text))).toBe(text);
  });
});

test.each([
  { granted: '', wanted: 'repository:a:pull', covered: false },
  { granted: 'repository:a:pull', wanted: 'repository:a:pull', covered: true },
  { granted: 'repository:a:pull', wanted: 'repository:a:pull,push', covered: false },
  { granted: 'repository:a:pull repository:a:push', wanted: 'repository:a:pull,push', covered: true },
  { granted: 'repository:a:*', wanted: 'repository:a:pull,push,delete', covered: true },
  { granted: 'repository:a:pull', wanted: 'repository:a:*', covered: false },
  { granted: 'repository:a:pull', wanted: 'repository:a/b:pull', covered: false },
  { granted: 'registry:a:pull', wanted: 'repository:a:pull', covered: false },
  { granted: 'repository:a:pull', wanted: 'repository:a:pull repository:b:pull', covered: false },
  { granted: '', wanted: '', covered: true },
])('"$granted" covers "$wanted": $covered', ({ granted, wanted, covered }) => {
  expect(covers(parseScope(granted), parseScope(wanted))).toBe(covered);
});
