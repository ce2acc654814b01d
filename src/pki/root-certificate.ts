import type { KeyObject } from 'node:crypto';
import type { Clock } from '../core/index.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, signCertificate } from './certificate.ts';
import type { ExternalKey } from './external-key.ts';
import { type RandomBytes, systemRandom } from './random.ts';

const VALID_DAYS = 3650;
const DAY_MS = 86_400_000;

/**
 * The self-signed certificate that stands for a GUN's root key in its root metadata: common name = GUN, valid for 3650
 * days, usages as Notary sets them (docs/wire/key-files.md). `key` is an EC private key, on a token perhaps.
 * @returns PEM
 */
export function createRootCertificate(options: {
  readonly gun: string;
  readonly key: KeyObject | ExternalKey;
  readonly clock: Clock;
  readonly random?: RandomBytes;
}): string {
  const { gun, key, clock, random = systemRandom } = options;
  const notBefore = clock.now();
  return signCertificate(
    {
      subject: gun,
      issuer: gun,
      notBefore,
      notAfter: new Date(notBefore.getTime() + VALID_DAYS * DAY_MS),
      publicKey: 'sign' in key ? key.publicKey : key,
      extensions: [
        keyUsage('digitalSignature', 'keyEncipherment'),
        extendedKeyUsage('codeSigning'),
        basicConstraints(false),
      ],
    },
    key,
    random,
  );
}
