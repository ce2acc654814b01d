import { describe, expect, test } from 'vitest';
import { signCertificate } from '../../src/pki/certificate.ts';
import {
  newCertificate,
  newCertificateSigner,
  newPrivateKey,
  newRepository,
  signRoot,
  TEST_NOW,
} from '../../test/tuf-repository.ts';
import { acceptRoot } from './accept-root.ts';
import { parseGun } from './gun.ts';
import { choosePin, type OpenPin, type TrustPinning } from './pinning.ts';
import { certificateKey } from './public-key.ts';
import { openSigner } from './signer.ts';

const gun = parseGun('example.com/team/app');

describe('of several rules', () => {
  const pinning = (
    certificates: Record<string, string[]>,
    authorities: Record<string, string> = {},
    isFirstUseRefused = false,
    keys: Record<string, string[]> = {},
  ): TrustPinning => ({
    certificates: new Map(Object.entries(certificates)),
    keys: new Map(Object.entries(keys)),
    authorities: new Map(Object.entries(authorities)),
    isFirstUseRefused,
  });
  test.each([
    { why: 'the exact name', pinned: pinning({ [gun]: ['a'], 'example.com/*': ['b'] }), kind: 'certificates', by: gun },
    {
      why: 'the longest pattern',
      pinned: pinning({ '*': ['a'], 'example.com/team/*': ['b'], 'example.com/*': ['c'] }),
      kind: 'certificates',
      by: 'example.com/team/*',
    },
    {
      why: 'a pattern before an authority',
      pinned: pinning({ '*': ['a'] }, { [gun]: 'ca' }),
      kind: 'certificates',
      by: '*',
    },
    {
      why: 'a key for the exact name before the certificates of a pattern',
      pinned: pinning({ '*': ['a'] }, {}, false, { [gun]: ['k'] }),
      kind: 'keys',
      by: gun,
    },
    {
      why: 'certificates before the keys of a shorter pattern',
      pinned: pinning({ 'example.com/*': ['a'] }, {}, false, { '*': ['k'] }),
      kind: 'certificates',
      by: 'example.com/*',
    },
    {
      why: 'the longest prefix',
      pinned: pinning({}, { e: 'a', 'example.com/': 'b' }),
      kind: 'authority',
      by: 'example.com/',
    },
    { why: 'first use where nothing else holds', pinned: pinning({ other: ['a'] }, { other: 'a' }), kind: 'first-use' },
  ])('$why holds', ({ pinned, kind, by }) => {
    const pin = choosePin(pinned, gun);
    expect(pin.kind).toBe(kind);
    expect('pattern' in pin ? pin.pattern : 'prefix' in pin ? pin.prefix : undefined).toBe(by);
  });

  test('an exact name without any certificate trusts nobody', () => {
    expect(choosePin(pinning({ [gun]: [], '*': ['a'] }), gun)).toMatchObject({ keyids: [] });
  });
});

describe('a root', () => {
  const at = { gun, now: TEST_NOW };
  const code = expect.objectContaining({ code: 'TUF_PIN_MISMATCH' });
  const name = (subject: string) => ({ subject, issuer: 'authority' });
  const dates = { notBefore: TEST_NOW, notAfter: new Date('2036-11-20T12:00:00Z') };

  /** A root whose certificate the authority has signed. */
  async function issued(validity = dates) {
    const [authorityKey, key] = [newPrivateKey(), newPrivateKey()];
    const authority = newCertificate('authority', { isCa: true, ...validity }, authorityKey);
    const leaf = signCertificate({ ...name(gun), ...dates, publicKey: key, extensions: [] }, authorityKey, (n) =>
      Buffer.alloc(n, 7),
    );
    return { authority, root: await signRoot(newRepository(gun, {}, openSigner(key, certificateKey(leaf)))) };
  }
  const byAuthority = (pem: string): OpenPin => ({ kind: 'authority', prefix: 'example.com/', place: 'ca.crt', pem });

  test('of a pinned certificate is trusted, of another it is refused, both being named', async () => {
    const signer = newCertificateSigner(gun);
    const root = await signRoot(newRepository(gun, {}, signer));
    const pin = (keyid: string): OpenPin => ({ kind: 'certificates', pattern: 'example.com/*', keyids: [keyid] });
    expect(acceptRoot(root, { ...at, pin: pin(signer.key.keyid) }).version).toBe(1);
    expect(() => acceptRoot(root, { ...at, pin: pin('0a1b') })).toThrow(
      `"example.com/*" is pinned to 0a1b; the root of ${gun} has ${signer.key.keyid}`,
    );
  });

  test('of a pinned key is trusted under whatever certificate, of another it is refused, both being named', async () => {
    const key = newPrivateKey();
    const again = () => openSigner(key, certificateKey(newCertificate(gun, {}, key)));
    const [first, second] = [again(), again()];
    expect(first.key.keyid).not.toBe(second.key.keyid);
    const pin = (keyid: string): OpenPin => ({ kind: 'keys', pattern: gun, keyids: [keyid] });
    for (const signer of [first, second]) {
      const root = await signRoot(newRepository(gun, {}, signer));
      expect(acceptRoot(root, { ...at, pin: pin(first.key.canonicalKeyid) }).version).toBe(1);
      expect(() => acceptRoot(root, { ...at, pin: pin(signer.key.keyid) })).toThrow(
        `"${gun}" is pinned to ${signer.key.keyid}; the root of ${gun} has ${signer.key.canonicalKeyid}`,
      );
    }
  });

  test('of a pinned authority is trusted, of another it is refused', async () => {
    const { authority, root } = await issued();
    const other = (await issued()).authority;
    expect(acceptRoot(root, { ...at, pin: byAuthority(authority) }).version).toBe(1);
    expect(acceptRoot(root, { ...at, pin: byAuthority(other + authority) }).version).toBe(1);
    for (const pem of [other, '', newCertificate('authority', {}, newPrivateKey())]) {
      expect(() => acceptRoot(root, { ...at, pin: byAuthority(pem) })).toThrow(code);
    }
  });

  test('of an authority that has run out is refused', async () => {
    const { authority, root } = await issued({ ...dates, notAfter: new Date('2026-11-23T11:00:00Z') });
    expect(() => acceptRoot(root, { ...at, pin: byAuthority(authority) })).toThrow(code);
  });

  test('is not trusted on first use where that is refused, but as the next of a trusted one', async () => {
    const repository = newRepository(gun);
    const first = await signRoot(repository);
    const pin: OpenPin = { kind: 'first-use', isRefused: true };
    expect(() => acceptRoot(first, { ...at, pin })).toThrow(code);
    const trusted = acceptRoot(first, at);
    expect(acceptRoot(await signRoot(repository, { version: 2 }), { ...at, pin, trusted }).version).toBe(2);
  });
});
