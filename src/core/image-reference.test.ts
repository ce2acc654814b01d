import { describe, expect, test } from 'vitest';
import { familiarName, formatReference, fullName, parseImageReference, withDefaultTag } from './image-reference.ts';

const digest = `sha256:${'0a'.repeat(32)}`;

describe('parseImageReference', () => {
  test.each([
    ['alpine', 'docker.io/library/alpine', 'alpine'],
    ['docker/trusttest', 'docker.io/docker/trusttest', 'docker/trusttest'],
    ['index.docker.io/library/alpine:3', 'docker.io/library/alpine', 'alpine:3'],
    [
      'sandboxregistry:5000/test/trusttest:latest',
      'sandboxregistry:5000/test/trusttest',
      'sandboxregistry:5000/test/trusttest:latest',
    ],
    ['localhost/a', 'localhost/a', 'localhost/a'],
    ['[::1]:5000/a', '[::1]:5000/a', '[::1]:5000/a'],
    [`a.b/c:t@${digest}`, 'a.b/c', `a.b/c:t@${digest}`],
  ])('reads %s as %s', (text, full, shown) => {
    const reference = parseImageReference(text);
    expect(fullName(reference)).toBe(full);
    expect(formatReference(reference)).toBe(shown);
  });

  test.each([
    ['', 'invalid reference format'],
    ['a:', 'invalid reference format'],
    ['a b', 'invalid reference format'],
    [`a@${digest}0`, 'invalid reference format'],
    ['Alpine', 'invalid reference format: repository name (library/Alpine) must be lowercase'],
    ['0a'.repeat(32), `invalid repository name (${'0a'.repeat(32)}), cannot specify 64-byte hexadecimal strings`],
    ['../../etc/passwd', 'invalid reference format'],
  ])('refuses %j as docker does', (text, message) => {
    expect(() => parseImageReference(text)).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID', message }));
  });
});

test('latest is added only where neither tag nor digest is given', () => {
  expect(withDefaultTag(parseImageReference('a')).tag).toBe('latest');
  expect(withDefaultTag(parseImageReference('a:b')).tag).toBe('b');
  expect(withDefaultTag(parseImageReference(`a@${digest}`)).tag).toBeUndefined();
});

test('a repository under library/ with a further folder keeps its full path', () => {
  expect(familiarName(parseImageReference('library/a/b'))).toBe('library/a/b');
});
