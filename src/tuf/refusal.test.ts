import { describe, expect, test } from 'vitest';
import {
  ChecksumMismatchError,
  ExpiredError,
  KeyidMismatchError,
  MetadataInvalidError,
  MetadataMalformedError,
  NoSignaturesError,
  RollbackError,
  RootInvalidError,
  RootRotationError,
  ThresholdError,
  TrustPinError,
} from './errors.ts';
import { type GateReport, gatesOf } from './gate.ts';
import { formatRefusal, refusalOf } from './refusal.ts';
import { LengthMismatchError, MetadataTooLargeError, SameVersionError, SuppressedError } from './strict-errors.ts';

describe('a refusal says which gate it was, what was expected and what was found', () => {
  test.each([
    [
      new ThresholdError('targets', 2, 1),
      'signatures gate: expected 2 signatures by different keys of targets, found 1 signature (TUF_THRESHOLD)',
    ],
    [new NoSignaturesError(), 'signatures gate: expected signatures, found none (TUF_NO_SIGNATURES)'],
    [
      new KeyidMismatchError('ab'),
      'signatures gate: expected a key under its own id, found another under ab (TUF_KEYID_MISMATCH)',
    ],
    [new RollbackError('snapshot', 3, 5), 'version gate: expected version 5 or later, found version 3 (TUF_ROLLBACK)'],
    [
      new SameVersionError('snapshot', 3),
      'same version gate: expected version 3 as it was before, found another content under that version (TUF_SAME_VERSION)',
    ],
    [
      new ExpiredError('root', '2026-01-01T00:00:00Z'),
      'date gate: expected a date to come, found 2026-01-01T00:00:00Z (TUF_EXPIRED)',
    ],
    [new LengthMismatchError('root', 10, 1), 'length gate: expected 10 bytes, found 1 byte (TUF_LENGTH_MISMATCH)'],
    [new MetadataTooLargeError('root', 10, 9), 'size gate: expected at most 9 bytes, found 10 bytes (TUF_TOO_LARGE)'],
    [
      new ChecksumMismatchError('root', 'sha256', { expected: 'ab', found: 'cd' }),
      'hash gate: expected sha256 ab, found sha256 cd (TUF_CHECKSUM_MISMATCH)',
    ],
    [
      new SuppressedError('targets/a', 4),
      'suppression gate: expected targets/a, version 4 or later, found nothing (TUF_SUPPRESSED)',
    ],
    [
      new TrustPinError('g', 'no', ['ab']),
      'pin gate: expected a pinned certificate or key, found ab (TUF_PIN_MISMATCH)',
    ],
    [
      new MetadataInvalidError('root', 'no keys'),
      'content gate: expected sound metadata of root, found root type metadata invalid: no keys (TUF_INVALID)',
    ],
    [new MetadataMalformedError('no JSON'), 'form gate: expected sound metadata, found no JSON (TUF_MALFORMED)'],
    [
      new MetadataMalformedError('no keyid', { role: 'root', cause: new MetadataMalformedError('no keyid') }),
      'form gate: expected sound metadata of root, found no keyid (TUF_MALFORMED)',
    ],
    [
      new RootRotationError('unsigned', { cause: new ThresholdError('root', 1, 0) }),
      'rotation gate: expected 1 signature by different keys of root, found 0 signatures (TUF_ROOT_ROTATION)',
    ],
    [
      new RootInvalidError('no certificate'),
      'own signatures gate: expected sound metadata, found could not validate the path to a trusted root: no certificate (TUF_ROOT_INVALID)',
    ],
  ])('%s', (error, text) => {
    const refusal = refusalOf(error);
    expect(refusal && formatRefusal(refusal)).toBe(text);
  });

  test('and is none where something else was thrown', () => {
    expect(refusalOf(new Error('disk full'))).toBeUndefined();
  });
});

describe('a gate', () => {
  const facts = () => ({ expected: 'x', found: 'y' });

  test('tells of what it lets pass and of what it refuses, and throws on what it does not know', () => {
    const reports: GateReport[] = [];
    const gate = gatesOf('root', (report) => reports.push(report));
    expect(gate('version', '§5.3.5', () => 1, facts)).toBe(1);
    const refuse = () => {
      throw new RollbackError('root', 1, 2);
    };
    expect(() => gate('version', '§5.3.5', refuse, facts)).toThrow(RollbackError);
    const fail = () => {
      throw new TypeError('a bug');
    };
    expect(() => gate('version', '§5.3.5', fail, facts)).toThrow(TypeError);
    expect(reports).toEqual([
      { role: 'root', gate: 'version', section: '§5.3.5', code: undefined, expected: 'x', found: 'y' },
      expect.objectContaining({ role: 'root', gate: 'version', code: 'TUF_ROLLBACK', found: 'version 1' }),
    ]);
  });

  test('gathers no facts where nobody wants to know', () => {
    const gate = gatesOf('root', undefined);
    const unasked = () => {
      throw new TypeError('nobody asked');
    };
    expect(gate('version', '', () => 1, unasked)).toBe(1);
  });
});
