import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JWTHeaderParameters, SignJWT } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import { createCertificateAuthority, createSigningCertificate, issueServerCertificate } from '../../pki/index.ts';
import { libtrustKeyId } from './key-id.ts';
import { TokenVerifier, type TokenVerifierOptions } from './token-verifier.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NOW = new Date('2026-11-23T05:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const clock = { now: () => NOW };
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ACCESS = [{ type: 'repository', name: 'a/b', actions: ['pull'] }];
const base64 = (pem: string): string => pem.replace(/-----[^-]+-----|\s/g, '');
const selfSigned = (key: KeyObject): string => createSigningCertificate({ name: 'issuer', key, clock });
const certs = { ec: selfSigned(ec.privateKey), rsa: selfSigned(rsa.privateKey) };
const ca = createCertificateAuthority({ clock });
const issued = issueServerCertificate({ ca, dnsNames: ['issuer'], clock });
const otherCa = createCertificateAuthority({ clock });

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const bundle = write('bundle.pem', certs.ec + certs.rsa + ca.cert);
const jwks = write(
  'jwks.json',
  JSON.stringify({
    keys: [
      { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec', use: 'sig' },
      { ...ed.publicKey.export({ format: 'jwk' }), kid: 'ed' },
      { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'encryption', use: 'enc' },
    ],
  }),
);

interface TokenParts {
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: Record<string, unknown>;
  readonly key?: KeyObject | Uint8Array;
}

function token({ header = {}, claims = {}, key = ec.privateKey }: TokenParts = {}): Promise<string> {
  const said = { iss: 'issuer', sub: 'alice', aud: 'registry', exp: SECONDS + 300, nbf: SECONDS, access: ACCESS };
  const { iss, ...rest } = { ...said, ...claims };
  return new SignJWT({ ...rest, ...(iss === undefined ? {} : { iss }) })
    .setProtectedHeader({ alg: 'ES256', kid: libtrustKeyId(ec.publicKey), ...header })
    .sign(key as KeyObject);
}

const verifier = (options: Partial<TokenVerifierOptions> = {}): TokenVerifier =>
  new TokenVerifier({ issuer: 'issuer', service: 'registry', rootCertBundle: bundle, jwks, clock, ...options });
const x5cOf = (...pems: string[]): Partial<JWTHeaderParameters> => ({ x5c: pems.map(base64) });

describe('a token is believed', () => {
  test.each<{ why: string; parts: TokenParts }>([
    { why: 'by libtrust’s name of a key in the bundle', parts: {} },
    { why: 'by its kid in the key set', parts: { header: { kid: 'ec' } } },
    { why: 'by an Ed25519 key of the key set', parts: { header: { alg: 'EdDSA', kid: 'ed' }, key: ed.privateKey } },
    {
      why: 'by an RSA certificate of the bundle',
      parts: { header: { alg: 'RS256', ...x5cOf(certs.rsa) }, key: rsa.privateKey },
    },
    {
      why: 'by a certificate that one of the bundle issued',
      parts: { header: x5cOf(issued.cert), key: keyOf(issued.key) },
    },
    {
      why: 'by a chain that includes the root',
      parts: { header: x5cOf(issued.cert, ca.cert), key: keyOf(issued.key) },
    },
    { why: 'by the key itself', parts: { header: { jwk: ec.publicKey.export({ format: 'jwk' }) as never } } },
    { why: 'for several audiences', parts: { claims: { aud: ['another', 'registry'] } } },
    { why: 'a minute after its end', parts: { claims: { exp: SECONDS - 59 } } },
    { why: 'a minute before its beginning', parts: { claims: { nbf: SECONDS + 59 } } },
  ])('$why', async ({ parts }) => {
    const tokens = verifier();
    const text = await token(parts);
    for (let again = 0; again < 2; again++) {
      expect(await tokens.verify(text)).toEqual({ subject: 'alice', access: ACCESS });
    }
  });

  test('and may say nothing about access', async () => {
    expect(await verifier().verify(await token({ claims: { access: null } }))).toMatchObject({ access: [] });
  });
});

describe('a token is refused', () => {
  test.each<{ why: string; parts: TokenParts; options?: Partial<TokenVerifierOptions> }>([
    { why: 'of another issuer', parts: { claims: { iss: 'mallory' } } },
    { why: 'of no issuer', parts: { claims: { iss: undefined } } },
    { why: 'for another service', parts: { claims: { aud: 'notary' } } },
    { why: 'for no service', parts: { claims: { aud: undefined } } },
    { why: 'that has expired', parts: { claims: { exp: SECONDS - 61 } } },
    { why: 'that never expires', parts: { claims: { exp: undefined } } },
    { why: 'that is not good yet', parts: { claims: { nbf: SECONDS + 61 } } },
    { why: 'by a key nobody knows', parts: { header: { kid: 'none' } } },
    { why: 'signed by another key than it names', parts: { key: stranger.privateKey } },
    {
      why: 'by a key meant for encryption',
      parts: { header: { alg: 'RS256', kid: 'encryption' }, key: rsa.privateKey },
    },
    {
      why: 'by a key it brings itself',
      parts: { header: { jwk: stranger.publicKey.export({ format: 'jwk' }) as never }, key: stranger.privateKey },
    },
    {
      why: 'by a certificate nobody vouches for',
      parts: { header: x5cOf(selfSigned(stranger.privateKey)), key: stranger.privateKey },
    },
    {
      why: 'by a certificate of another authority',
      parts: (() => {
        const other = issueServerCertificate({ ca: otherCa, dnsNames: ['issuer'], clock });
        return { header: x5cOf(other.cert, otherCa.cert), key: keyOf(other.key) };
      })(),
    },
    {
      why: 'by a certificate that a mere signer issued',
      parts: (() => {
        const fake = issueServerCertificate({
          ca: { cert: certs.ec, key: pemOf(ec.privateKey) },
          dnsNames: ['x'],
          clock,
        });
        return { header: x5cOf(fake.cert, certs.ec), key: keyOf(fake.key) };
      })(),
    },
    { why: 'with an empty chain', parts: { header: { x5c: [] } } },
    { why: 'with a chain of nonsense', parts: { header: { x5c: ['AAAA'] } } },
    {
      why: 'with the public key as a shared secret',
      parts: { header: { alg: 'HS256' }, key: Buffer.from(certs.ec) },
    },
    { why: 'by an algorithm that is not allowed', parts: {}, options: { signingAlgorithms: ['RS256'] } },
    {
      why: 'by a certificate when only a key set is known',
      parts: { header: { kid: 'none', ...x5cOf(certs.ec) } },
      options: { rootCertBundle: undefined },
    },
    { why: 'whose access is no list', parts: { claims: { access: 'all' } } },
    { why: 'whose access has no name', parts: { claims: { access: [{ type: 'repository', actions: ['*'] }] } } },
  ])('$why', async ({ parts, options }) => {
    await expect(verifier(options).verify(await token(parts))).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  test.each(['', 'abc', 'a.b.c', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`])(
    'that is none: %j',
    async (text) => {
      await expect(verifier().verify(text)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    },
  );

  test('once it has expired, though it was believed before', async () => {
    const state = { now: NOW };
    const tokens = verifier({ clock: { now: () => state.now } });
    const text = await token();
    await tokens.verify(text);
    state.now = new Date(NOW.getTime() + 400_000);
    await expect(tokens.verify(text)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  test('once its key was taken out of the key set, though it was believed before', async () => {
    const path = write(
      'changing.json',
      JSON.stringify({ keys: [{ ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec' }] }),
    );
    const tokens = verifier({ jwks: path, rootCertBundle: undefined });
    const text = await token({ header: { kid: 'ec' } });
    await tokens.verify(text);
    write('changing.json', '{"keys":[]}');
    await expect(tokens.verify(text)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });
});

test.each([
  { why: 'has no certificates', options: { rootCertBundle: write('empty.pem', 'nothing') } },
  { why: 'is no key set', options: { jwks: write('bad.json', '{"keys":{}}') } },
  { why: 'is not JSON', options: { jwks: write('text.json', 'keys') } },
  { why: 'is not there', options: { jwks: join(folder, 'none') } },
])('a file of keys that $why is an error at the start', ({ options }) => {
  expect(() => verifier(options)).toThrow(expect.objectContaining({ code: 'CREDENTIAL_FILE' }));
});

test('libtrust’s names have twelve groups of four', () => {
  expect(libtrustKeyId(ec.publicKey)).toMatch(/^([A-Z2-7]{4}:){11}[A-Z2-7]{4}$/);
});

function keyOf(pem: string): KeyObject {
  return createPrivateKey(pem);
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
