import { expect, test } from 'vitest';
import { type ImageReference, parseImageReference } from '../../core/index.ts';
import { BodyTooLargeError } from '../../http/client/index.ts';
import { RemoteMalformedError } from '../../notary/client/index.ts';
import { LockMismatchError, TargetNotFoundError } from '../../trust/index.ts';
import { parseEnvelope } from '../../tuf/index.ts';
import { testIo } from '../testing/io.ts';
import { explainTrustError } from './explain-error.ts';
import { openTrustContext } from './trust-context.ts';

const reference = parseImageReference('example.com/team/app:v1') as ImageReference;

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (thrown) {
    return thrown;
  }
}

const explain = async (error: unknown, verification: 'compat' | 'strict') =>
  explainTrustError(reference, error, await openTrustContext(testIo({}), {}, { verification }));

test.each([
  {
    what: 'a file that is none is told of by whose it should be',
    error: thrownBy(() => parseEnvelope(Buffer.from('<html>'), 'timestamp')),
    compat: 'malformed JSON at offset 0: value expected',
    more: '\nform gate: expected sound metadata of timestamp, found malformed JSON at offset 0: value expected (TUF_MALFORMED)',
  },
  {
    what: 'an answer that is too large, by the limit',
    error: new RemoteMalformedError({ cause: new BodyTooLargeError(16384) }),
    compat: 'trust server returned a bad response.',
    more: ' body is larger than the 16384 bytes allowed here (NOTARY_REMOTE_MALFORMED)',
  },
  {
    what: 'what a lockfile refuses, by the code',
    error: new LockMismatchError('example.com/team/app:v1', { expected: 'a', found: 'b' }),
    compat: 'example.com/team/app:v1 is not what the lockfile says: expected a, found b',
    more: ' (TRUST_LOCK_MISMATCH)',
  },
  {
    what: 'a tag that is not signed, in a sentence alone',
    error: new TargetNotFoundError('v1'),
    compat: 'No valid trust data for v1',
    more: '',
  },
])('strictly, $what', async ({ error, compat, more }) => {
  expect(await explain(error, 'compat')).toBe(compat);
  expect(await explain(error, 'strict')).toBe(compat + more);
});
