import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { namesOf, SERVICE_ATTRIBUTES } from '../../src/sandbox/compose/attributes.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/compose.md'), 'utf8').replaceAll('\n', ' ');

test.each([
  ['played', 'Played: '],
  ['ineffective', 'has no such thing: '],
  ['refused', 'Refused: '],
] as const)('docs/compose.md names the attributes that are %s', (kind, begin) => {
  const [, rest = ''] = page.split(begin);
  const names = [...(rest.split(/[;.] /)[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name);
  expect(names).toEqual(namesOf(SERVICE_ATTRIBUTES, kind).split(', '));
});
