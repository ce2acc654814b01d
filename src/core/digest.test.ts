import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Digester, digestAlgorithm, digestHex, digestOf, parseDigest } from './digest.ts';

const hex = 'ab'.repeat(32);

describe('parseDigest', () => {
  test.each([
    { why: 'is one digit short', text: `sha256:${hex.slice(1)}` },
    { why: 'is one digit long', text: `sha256:${hex}0` },
    { why: 'is upper-case', text: `sha256:${hex.toUpperCase()}` },
    { why: 'has no algorithm', text: hex },
    { why: 'has an algorithm we do not know', text: `md5:${hex}` },
    { why: 'climbs out of the blob folder', text: 'sha256:../../etc/passwd' },
    { why: 'names a property of Object', text: `__proto__:${hex}` },
    { why: 'ends in a newline', text: `sha256:${hex}\n` },
  ])('refuses text that $why', ({ text }) => {
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: 'DIGEST_INVALID' }));
  });

  test('reads back every digest that digestOf makes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('sha256' as const, 'sha512' as const), (bytes, algorithm) => {
        const digest = digestOf(bytes, algorithm);
        return parseDigest(digest) === digest && `${digestAlgorithm(digest)}:${digestHex(digest)}` === digest;
      }),
    );
  });
});

test('a digester gives the same digest and size however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (chunks) => {
      const digester = new Digester();
      for (const chunk of chunks) digester.update(chunk);
      const whole = Buffer.concat(chunks);
      return digester.digest() === digestOf(whole) && digester.size === whole.byteLength;
    }),
  );
});
