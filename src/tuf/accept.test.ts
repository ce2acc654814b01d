import { describe, expect, test } from 'vitest';
import {
  type CertificateOptions,
  newCertificateSigner,
  newPrivateKey,
  newRepository,
  newSigner,
  signRoot,
  signSnapshot,
  signTargets,
  signTimestamp,
  TEST_NOW,
} from '../../test/tuf-repository.ts';
import { acceptSnapshot, acceptTargets, acceptTimestamp } from './accept.ts';
import { acceptRoot } from './accept-root.ts';
import { formatEnvelope, parseEnvelope, signMetadata } from './envelope.ts';
import { parseGun } from './gun.ts';
import { formatRoot, parseRoot } from './root.ts';
import { openSigner } from './signer.ts';

const GUN = parseGun('sandboxregistry:5000/test/a');
const now = TEST_NOW;
const at = { gun: GUN, now };

describe('acceptRoot', () => {
  test('trusts a first root on first use', async () => {
    const repository = newRepository(GUN);
    expect(acceptRoot(await signRoot(repository), at).version).toBe(1);
  });

  test.each<[string, string, CertificateOptions]>([
    ['for another name', 'sandboxregistry:5000/test/b', {}],
    ['for a wildcard elsewhere', 'sandboxregistry:5000/other/*', {}],
    ['past its date', GUN, { notAfter: new Date('2026-11-23T11:59:59Z') }],
    ['more than a day too early', GUN, { notBefore: new Date('2026-11-24T12:00:01Z') }],
    ['of a CA', GUN, { isCa: true }],
  ])('refuses a certificate %s', async (_, name, options) => {
    const repository = newRepository(GUN, {}, newCertificateSigner(name, options));
    const offered = await signRoot(repository);
    expect(() => acceptRoot(offered, at)).toThrow(
      'could not validate the path to a trusted root: unable to retrieve valid leaf certificates',
    );
  });

  test.each<[string, string, CertificateOptions]>([
    ['for a wildcard', 'sandboxregistry:5000/test/*', {}],
    ['less than a day too early', GUN, { notBefore: new Date('2026-11-24T11:59:59Z') }],
  ])('takes a certificate %s', async (_, name, options) => {
    const repository = newRepository(GUN, {}, newCertificateSigner(name, options));
    expect(acceptRoot(await signRoot(repository), at).version).toBe(1);
  });

  test('refuses a root key without certificate', async () => {
    const repository = newRepository(GUN, {}, newSigner());
    const offered = await signRoot(repository);
    expect(() => acceptRoot(offered, at)).toThrow('unable to retrieve valid leaf certificates');
  });

  test('counts a key under two certificates once', async () => {
    const privateKey = newPrivateKey();
    const [one, two] = [
      newCertificateSigner(GUN, {}, privateKey),
      newCertificateSigner(GUN, { notBefore: new Date('2026-11-22T12:00:00Z') }, privateKey),
    ];
    const { root } = newRepository(GUN, {}, one);
    const keys = new Map([...root.keys, [two.key.keyid, two.key]]);
    const both = { keyids: [one.key.keyid, two.key.keyid], threshold: 2, extra: {} };
    const signed = formatRoot({ ...root, keys, roles: new Map([...root.roles, ['root', both]]) });
    const offered = await signMetadata(signed, [one, two]);
    expect(() => acceptRoot(offered, at)).toThrow('failed to validate integrity of roots');
  });

  test('refuses an old root, and an expired one', async () => {
    const repository = newRepository(GUN);
    const offered = await signRoot(repository);
    expect(() => acceptRoot(offered, { ...at, minVersion: 2 })).toThrow('version 1 is lower than current version 2');
    const expired = await signRoot(repository, { expires: '2026-11-22T05:04:33.5Z' });
    expect(() => acceptRoot(expired, at)).toThrow('root expired at Sun Nov 22 05:04:33 UTC 2026');
    expect(acceptRoot(expired, { ...at, allowExpired: true }).version).toBe(1);
  });

  describe('after another', () => {
    test('trusts one that both sets of keys signed', async () => {
      const old = newRepository(GUN);
      const trusted = acceptRoot(await signRoot(old), at);
      const next = newRepository(GUN);
      const offered = await signRoot(next, { version: 2 }, old.signers.root);
      expect(acceptRoot(offered, { ...at, trusted }).version).toBe(2);
    });

    test('refuses one that the trusted keys did not sign', async () => {
      const trusted = acceptRoot(await signRoot(newRepository(GUN)), at);
      const offered = await signRoot(newRepository(GUN), { version: 2 });
      expect(() => acceptRoot(offered, { ...at, trusted })).toThrow(
        'could not rotate trust to a new trusted root: failed to validate data with current trusted certificates',
      );
    });

    test('lets keys rotate whose certificate has run out since', async () => {
      const brief = { notAfter: new Date('2026-12-01T00:00:00Z') };
      const old = newRepository(GUN, {}, newCertificateSigner(GUN, brief));
      const trusted = acceptRoot(await signRoot(old), at);
      const offered = await signRoot(newRepository(GUN), { version: 2 }, old.signers.root);
      expect(acceptRoot(offered, { gun: GUN, now: new Date('2027-01-01T00:00:00Z'), trusted }).version).toBe(2);
    });
  });

  test('asks for pinned certificates', async () => {
    const offered = await signRoot(newRepository(GUN));
    expect(() => acceptRoot(offered, { ...at, pin: { kind: 'certificates', pattern: GUN, keyids: ['ab'] } })).toThrow(
      'unable to match any certificates to trust_pinning config',
    );
  });
});

describe('the chain', () => {
  async function chain() {
    const repository = newRepository(GUN);
    const root = await signRoot(repository);
    const targets = await signTargets(repository);
    const snapshot = await signSnapshot(repository, { root, targets });
    const timestamp = await signTimestamp(repository, snapshot);
    return { repository, root, targets, snapshot, timestamp, trustedRoot: acceptRoot(root, at) };
  }

  test('is accepted link by link', async () => {
    const { trustedRoot, timestamp, snapshot, targets } = await chain();
    const trustedTimestamp = acceptTimestamp(trustedRoot, timestamp, { now });
    const trustedSnapshot = acceptSnapshot(trustedRoot, trustedTimestamp, snapshot, { now });
    expect(acceptTargets(trustedRoot, trustedSnapshot, targets, { now }).version).toBe(1);
  });

  test('refuses an older timestamp than was seen', async () => {
    const { trustedRoot, timestamp } = await chain();
    expect(() => acceptTimestamp(trustedRoot, timestamp, { now, minVersion: 2 })).toThrow(
      expect.objectContaining({ code: 'TUF_ROLLBACK', message: 'version 1 is lower than current version 2' }),
    );
  });

  test('refuses a timestamp by another key', async () => {
    const { trustedRoot, snapshot } = await chain();
    const foreign = await signTimestamp(newRepository(GUN), snapshot);
    expect(() => acceptTimestamp(trustedRoot, foreign, { now })).toThrow(
      'valid signatures did not meet threshold for timestamp',
    );
  });

  test('refuses a snapshot that is not the one promised', async () => {
    const { repository, trustedRoot, timestamp, root, targets } = await chain();
    const trusted = acceptTimestamp(trustedRoot, timestamp, { now });
    const other = await signSnapshot(repository, { root, targets }, { version: 2 });
    expect(() => acceptSnapshot(trustedRoot, trusted, other, { now })).toThrow(
      /^sha256 checksum for snapshot did not match: expected [0-9a-f]{64}$/,
    );
  });

  test('refuses a snapshot that promises another root', async () => {
    const { repository, trustedRoot, targets } = await chain();
    const other = await signSnapshot(repository, { root: targets, targets });
    expect(() => acceptSnapshot(trustedRoot, undefined, other, { now })).toThrow(
      expect.objectContaining({ code: 'TUF_CHECKSUM_MISMATCH', subject: 'root' }),
    );
  });

  test('refuses metadata without signatures, and with a key under a wrong id', async () => {
    const { trustedRoot, timestamp, repository } = await chain();
    const bare = parseEnvelope(formatEnvelope(timestamp.canonical, []));
    expect(() => acceptTimestamp(trustedRoot, bare, { now })).toThrow('tuf: data has no signatures');
    const wrongId = 'ab'.repeat(32);
    const keys = new Map([...repository.root.keys, [wrongId, repository.signers.timestamp.key]]);
    const roles = new Map([...repository.root.roles, ['timestamp', { keyids: [wrongId], threshold: 1, extra: {} }]]);
    const root = acceptRoot(await signRoot(repository, { keys, roles }), at);
    const relabelled = timestamp.signatures.map((signature) => ({ ...signature, keyid: wrongId }));
    const offered = parseEnvelope(formatEnvelope(timestamp.canonical, relabelled));
    expect(() => acceptTimestamp(root, offered, { now })).toThrow('key ID is not valid for key content');
  });

  test('keeps what it does not know', async () => {
    const { repository } = await chain();
    const signed = { ...formatRoot(repository.root), 'x-note': { by: 'alice' } };
    expect(formatRoot(parseRoot(signed))).toEqual(signed);
  });
});

test('a signer is refused a key that is not its own', () => {
  expect(() => openSigner(newPrivateKey(), newSigner().key)).toThrow(
    expect.objectContaining({ code: 'TUF_KEY_UNUSABLE' }),
  );
});
