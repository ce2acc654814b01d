import { expect, test } from 'vitest';
import { parseChallenge } from './challenge.ts';

test.each([
  [
    'Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push"',
    'bearer',
    { realm: 'https://auth.example/token', service: 'registry', scope: 'repository:a/b:pull,push' },
  ],
  ['Basic realm="a \\"quoted\\" name"', 'basic', { realm: 'a "quoted" name' }],
  ['bearer REALM=plain , error="x"', 'bearer', { realm: 'plain', error: 'x' }],
  ['Negotiate', 'negotiate', {}],
])('%s is read', (header, scheme, parameters) => {
  const challenge = parseChallenge(header);
  expect(challenge?.scheme).toBe(scheme);
  expect(Object.fromEntries(challenge?.parameters ?? [])).toEqual(parameters);
});

test('a header without a challenge is none', () => {
  expect(parseChallenge('')).toBeUndefined();
});
