import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { createCertificateAuthority } from './certificate-authority.ts';
import { createRootCertificate } from './root-certificate.ts';
import { issueServerCertificate, needsRenewal } from './server-certificate.ts';

const at = (time: string) => ({ now: () => new Date(time) });
const clock = at('2026-11-23T04:55:09.934Z');
const ca = createCertificateAuthority({ clock });
const names = { dnsNames: ['notaryserver', 'localhost'], ipAddresses: ['127.0.0.2', '::1', '2001:db8::7'] };

describe('createRootCertificate', () => {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const gun = 'sandboxregistry:5000/test/trusttest';
  const cert = new X509Certificate(createRootCertificate({ gun, key, clock }));

  test('is signed by its own key, in the name of the GUN, for 3650 days', () => {
    expect(cert.subject).toBe(`CN=${gun}`);
    expect(cert.issuer).toBe(`CN=${gun}`);
    expect(cert.verify(cert.publicKey)).toBe(true);
    expect(cert.validFrom).toBe('Nov 23 04:55:09 2026 GMT');
    expect(cert.validTo).toBe('Nov 20 04:55:09 2036 GMT');
    expect(cert.checkPrivateKey(key)).toBe(true);
    expect(cert.ca).toBe(false);
  });

  test('takes a GUN longer than the 64 characters X.520 has for a common name', () => {
    const long = `registry.example.com:5000/${'a'.repeat(100)}/b_c`;
    expect(new X509Certificate(createRootCertificate({ gun: long, key, clock })).subject).toBe(`CN=${long}`);
  });
});

describe('issueServerCertificate', () => {
  const issued = issueServerCertificate({ ca, clock, ...names });

  test('lets a TLS client that trusts the authority in, by each name and address', async () => {
    const server = createServer(issued).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    for (const servername of ['notaryserver', 'localhost']) {
      const socket = connect({ host: '127.0.0.1', port, ca: ca.cert, servername });
      await once(socket, 'secureConnect');
      expect(socket.authorized).toBe(true);
      socket.destroy();
    }
    server.close();
    const cert = new X509Certificate(issued.cert);
    for (const address of names.ipAddresses) expect(cert.checkIP(address)).toBe(address);
    expect(cert.checkHost('example.com')).toBeUndefined();
    expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  test.each(['2026-11-23T00:00:00Z', '2030-01-01T00:00:00Z', '2056-01-01T00:00:00Z', '2017-06-01T00:00:00Z'])(
    'holds when the clock is moved to %s',
    (time) => {
      expect(needsRenewal(issued.cert, { ca, clock: at(time), ...names })).toBe(false);
    },
  );

  test('holds for the machine as well when the clock stood years ahead at its making', () => {
    const ahead = issueServerCertificate({ ca, clock: at('2041-01-01T00:00:00Z'), ...names });
    expect(needsRenewal(ahead.cert, { ca, clock, ...names })).toBe(false);
  });

  test.each([
    { dnsNames: ['a b'] },
    { dnsNames: [''] },
    { dnsNames: [], ipAddresses: ['300.1.1.1'] },
    { dnsNames: [] },
  ])('refuses %j', (wrong) => {
    expect(() => issueServerCertificate({ ca, clock, ...wrong })).toThrow(
      expect.objectContaining({ code: 'CERTIFICATE_NAME_INVALID' }),
    );
  });

  test.each([
    { why: 'names are missing', ca, clock, names: { dnsNames: ['other'] } },
    { why: 'addresses are missing', ca, clock, names: { dnsNames: ['localhost'], ipAddresses: ['127.0.0.9'] } },
    { why: 'its end is near', ca, clock: at('2076-11-20T00:00:00Z'), names },
    { why: 'the authority is another', ca: createCertificateAuthority({ clock }), clock, names },
  ])('is to be renewed when $why', ({ ca, clock, names }) => {
    expect(needsRenewal(issued.cert, { ca, clock, ...names })).toBe(true);
  });
});

test('the authority can sign certificates and is in PEM, key and all', () => {
  const cert = new X509Certificate(ca.cert);
  expect(cert.ca).toBe(true);
  expect(cert.checkPrivateKey(createPrivateKey(ca.key))).toBe(true);
});
