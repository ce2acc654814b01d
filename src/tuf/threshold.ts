import type { Envelope } from './envelope.ts';
import { KeyidMismatchError, NoSignaturesError, ThresholdError } from './errors.ts';
import type { Fingerprint } from './public-key.ts';
import type { Role } from './role.ts';
import { isSignatureValid } from './signature-scheme.ts';

/**
 * Requires `role.threshold` different keys to have signed `envelope` (TUF v1.0.34 §5.4.2; `docs/wire/notary-v1.md`,
 * "Signatures"). Counts key material, not keyids: one key listed under two keyids, or bare and in a certificate, is one
 * signer. Returns a keyid of each signer.
 * @throws {NoSignaturesError | KeyidMismatchError | ThresholdError}
 */
export function verifyThreshold(role: Role, envelope: Envelope): readonly string[] {
  if (envelope.signatures.length === 0) throw new NoSignaturesError();
  const signers = new Map<Fingerprint, string>();
  for (const { keyid, method, sig } of envelope.signatures) {
    const key = role.keys.get(keyid); // a keyid the role does not list is no error, and no vote
    if (!key) continue;
    if (key.keyid !== keyid) throw new KeyidMismatchError(keyid);
    if (isSignatureValid(key, method, envelope.canonical, sig)) signers.set(key.fingerprint, keyid);
  }
  if (role.threshold < 1 || signers.size < role.threshold) {
    throw new ThresholdError(role.name, role.threshold, signers.size);
  }
  return [...signers.values()];
}
