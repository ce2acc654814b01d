import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock as clock } from '../../core/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../pki/index.ts';
import { parseGun, ROOT } from '../../tuf/index.ts';
import { connectTrustServer } from './connect-trust-server.ts';
import { readServerCertificates } from './server-certificates.ts';

const names = { dnsNames: ['notaryserver'], clock };
const ours = createCertificateAuthority(names);
const other = createCertificateAuthority(names);
const gun = parseGun('a/b');
let home: string;
let folder: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'certificates-'));
  folder = join(home, 'tls', 'notaryserver:4443');
  await mkdir(folder, { recursive: true });
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** What a client with this configuration is told by a server whose certificate is from our authority. */
async function ask(caBundle: string | undefined, { wantsClient = false } = {}): Promise<string> {
  const tls = issueServerCertificate({ ca: ours, ...names });
  const demands = wantsClient ? { requestCert: true, rejectUnauthorized: true, ca: ours.cert } : {};
  const server = createServer({ ...tls, ...demands }, (_, response) => response.end('here'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const place = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  try {
    const certificates = await readServerCertificates(home, 'notaryserver:4443', caBundle);
    const signal = new AbortController().signal;
    const findCredentials = async () => undefined;
    const names = { find: () => place };
    const address = { url: 'https://notaryserver:4443', certificates, names, signal, findCredentials };
    return String(await connectTrustServer(address).getMetadata(gun, ROOT, { maxBytes: 10 }));
  } catch (thrown) {
    return (thrown as Error).message;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function bundleOf(...certs: string[]): Promise<string> {
  const path = join(home, 'bundle.crt');
  await writeFile(path, certs.join(''));
  return path;
}

const UNKNOWN = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';

describe('a trust server is believed', () => {
  test('when its authority is the first of the bundle', async () => {
    expect(await ask(await bundleOf(ours.cert, other.cert))).toBe('here');
  });

  test('when its authority is any other of the bundle', async () => {
    expect(await ask(await bundleOf(other.cert, ours.cert))).toBe('here');
  });

  test('when its authority is in the folder for it', async () => {
    await writeFile(join(folder, 'ca.crt'), ours.cert);
    expect(await ask(await bundleOf(other.cert))).toBe('here');
    expect(await ask(undefined)).toBe('here');
  });

  test('and shown a certificate where one lies in the folder', async () => {
    const client = issueServerCertificate({ ca: ours, ...names });
    await writeFile(join(folder, 'client.cert'), client.cert);
    await writeFile(join(folder, 'client.key'), client.key);
    expect(await ask(await bundleOf(ours.cert), { wantsClient: true })).not.toBe(UNKNOWN);
  });
});

test('a trust server of an unknown authority is not believed', async () => {
  expect(await ask(await bundleOf(other.cert))).toBe(UNKNOWN);
  expect(await ask(undefined)).toBe(UNKNOWN);
});

test.each([
  { there: 'client.key', message: 'missing client certificate client.cert for key client.key' },
  { there: 'client.cert', message: /^missing key client\.key for client certificate client\.cert/ },
])('a folder with $there alone is refused', async ({ there, message }) => {
  await writeFile(join(folder, there), 'x');
  await expect(readServerCertificates(home, 'notaryserver:4443', undefined)).rejects.toThrow(message);
});

test('a bundle that cannot be read is refused', async () => {
  const missing = join(home, 'missing.crt');
  await expect(readServerCertificates(home, 'notaryserver:4443', missing)).rejects.toMatchObject({
    code: 'CERTIFICATE_FILE',
  });
});
