import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRootCertificate, decryptPrivateKey, parsePrivateKeyFile } from '../../src/pki/index.ts';

const recordings = new URL('./recordings/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, recordings), 'utf8');

/** What is signed of a certificate; its first four bytes of header and the signature behind it are left out. */
function toBeSigned({ raw }: X509Certificate): string {
  return raw.subarray(4, 8 + raw.readUInt16BE(6)).toString('hex');
}

const gun = 'sandboxregistry:5000/test/trusttest';
const rootKey =
  'trust-dir/docker-cli-28.2.2/private/a84f31af8242aacb5e4f040a703cf0970afb7ad4188b572efce01e6300cfae85.key';
const root = JSON.parse(read('notary-metadata/sandboxregistry_5000_test_trusttest/1.root.json'));
const { public: pem } = root.signed.keys[root.signed.roles.root.keyids[0]].keyval;
const recorded = new X509Certificate(Buffer.from(pem, 'base64'));

test('a root certificate made with the key, time and serial of a recorded one says the same, byte for byte', () => {
  const ours = createRootCertificate({
    gun,
    key: decryptPrivateKey(parsePrivateKeyFile(read(rootKey)), 'sandbox-passphrase'),
    clock: { now: () => new Date(recorded.validFrom) },
    random: () => Buffer.from(recorded.serialNumber.padStart(32, '0'), 'hex'),
  });
  expect(toBeSigned(new X509Certificate(ours))).toBe(toBeSigned(recorded));
  expect(new X509Certificate(ours).verify(recorded.publicKey)).toBe(true);
});
