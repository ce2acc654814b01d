import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DigestAlgorithm, digestOf } from '../core/index.ts';
import { BulkDigester } from './bulk-digester.ts';

const CONTENT = randomBytes(1_000_000);
const ALGORITHMS: readonly DigestAlgorithm[] = ['sha256', 'sha512'];

describe('A digester for what may be large', () => {
  test.each(ALGORITHMS)(
    'finds the %s of any bytes, in whatever chunks they come and wherever it pauses',
    async (algorithm) => {
      const step = fc.record({ size: fc.nat(200_000), pauses: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
          using digester = new BulkDigester(algorithm);
          let size = 0;
          for (const step of steps) {
            await digester.update(CONTENT.subarray(size, size + step.size));
            size = Math.min(CONTENT.byteLength, size + step.size);
            if (!step.pauses) continue;
            await digester.settle();
            expect(await digester.digest()).toBe(digestOf(CONTENT.subarray(0, size), algorithm));
          }
          expect(digester.size).toBe(size);
          expect(await digester.digest()).toBe(digestOf(CONTENT.subarray(0, size), algorithm));
        }),
        { numRuns: 60 },
      );
    },
  );

  test('does not need a chunk after it was taken', async () => {
    using digester = new BulkDigester();
    const chunk = Buffer.concat([CONTENT, CONTENT]);
    await digester.update(chunk);
    chunk.fill(0);
    expect(await digester.digest()).toBe(digestOf(Buffer.concat([CONTENT, CONTENT])));
  });

  test('keeps many apart that grow at once', async () => {
    const contents = Array.from({ length: 40 }, (_, i) => CONTENT.subarray(0, 20_000 * i));
    const found = await Promise.all(
      contents.map(async (content) => {
        using digester = new BulkDigester();
        for (let at = 0; at < content.byteLength; at += 30_000)
          await digester.update(content.subarray(at, at + 30_000));
        return await digester.digest();
      }),
    );
    expect(found).toEqual(contents.map((content) => digestOf(content)));
  });

  test('takes nothing more once it was disposed of, also what was on its way', async () => {
    const digester = new BulkDigester();
    const taking = digester.update(Buffer.concat([CONTENT, CONTENT, CONTENT]));
    digester[Symbol.dispose]();
    await expect(taking).rejects.toThrow('disposed of');
    await expect(digester.digest()).rejects.toThrow('disposed of');
    expect(() => digester.update(CONTENT)).toThrow('disposed of');
  });
});
