import type { KeyObject } from 'node:crypto';
import type { Clock } from '../core/index.ts';
import { basicConstraints, keyUsage, signCertificate } from './certificate.ts';
import { type RandomBytes, systemRandom } from './random.ts';

const VALID_YEARS = 10;
const YEAR_MS = 365.25 * 86_400_000;
/** Clocks of those who verify may be behind. */
const BACKDATED_MS = 3_600_000;

/**
 * A self-signed certificate for a key that signs data, so that programs which know keys by certificates alone can be told
 * of it (a registry's `rootcertbundle`). `key` is an EC or RSA private key.
 * @returns PEM
 */
export function createSigningCertificate(options: {
  readonly name: string;
  readonly key: KeyObject;
  readonly clock: Clock;
  readonly random?: RandomBytes;
}): string {
  const { name, key, clock, random = systemRandom } = options;
  const now = clock.now().getTime();
  return signCertificate(
    {
      subject: name,
      issuer: name,
      notBefore: new Date(now - BACKDATED_MS),
      notAfter: new Date(now + VALID_YEARS * YEAR_MS),
      publicKey: key,
      extensions: [keyUsage('digitalSignature'), basicConstraints(false)],
    },
    key,
    random,
  );
}
