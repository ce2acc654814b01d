import { type Envelope, type Role, type Signer, signMetadata } from '../tuf/index.ts';
import { InsufficientSignaturesError } from './errors.ts';
import type { KeyStore } from './key-store.ts';

/**
 * Signs with every key of the role that is here.
 * @throws {InsufficientSignaturesError} they are fewer than the threshold
 */
export async function signAs(
  role: Role,
  signed: Parameters<typeof signMetadata>[0],
  keys: KeyStore,
): Promise<Envelope> {
  return signMetadata(signed, await enoughSigners(role, keys));
}

/** All of the role's keys that are here. @throws {InsufficientSignaturesError} they are fewer than the threshold */
export async function enoughSigners(role: Role, keys: KeyStore): Promise<readonly Signer[]> {
  const { signers, missing } = await findSigners(role, keys);
  if (signers.length < role.threshold) throw new InsufficientSignaturesError(signers.length, role.threshold, missing);
  return signers;
}

/** The role's keys whose private part is here, opened; and the canonical ids of the others. */
export async function findSigners(
  role: Role,
  keys: KeyStore,
): Promise<{ readonly signers: readonly Signer[]; readonly missing: readonly string[] }> {
  const signers: Signer[] = [];
  const missing: string[] = [];
  for (const key of role.keys.values()) {
    if (await keys.find(key.canonicalKeyid)) signers.push(await keys.signer(key));
    else missing.push(key.canonicalKeyid);
  }
  return { signers, missing };
}
