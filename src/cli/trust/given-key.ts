import type { TrustRepository } from '../../trust/index.ts';
import { type PublicKey, ROOT, type RoleName } from '../../tuf/index.ts';
import type { FlagSpec } from '../flags.ts';
import type { Io } from '../io.ts';
import { chosenKey } from './chosen-key.ts';
import { readPublicKey } from './public-key-input.ts';
import { ContentTrustError } from './trust-error.ts';

const KEYID = /^[0-9a-f]{7,64}$/;

/** A flag for keys that a role is to have. */
export const keyFlag = (whose: string) =>
  ({
    kind: 'list',
    value: 'KEY',
    help: `${whose}: id of a private key that is here, or path to a public key or certificate`,
  }) as const satisfies FlagSpec;

/**
 * A key that a role is to have, as the user names it. Root keys stand in certificates: of a private key that is here one is
 * made. @throws {ContentTrustError} no such key, or a bare one for root
 */
export async function givenKey(
  text: string,
  role: RoleName,
  { gun, keys }: Pick<TrustRepository, 'gun' | 'keys'>,
  io: Pick<Io, 'cwd' | 'clock'>,
): Promise<PublicKey> {
  if (!KEYID.test(text)) {
    const key = await readPublicKey(text, io.cwd);
    if (role !== ROOT || key.certificateEnd !== undefined) return key;
    throw new ContentTrustError(
      `root keys stand in certificates, and ${text} has a bare key: see trust key certificate`,
    );
  }
  const { keyid, role: known } = await chosenKey(keys, text);
  if (role !== ROOT) return keys.publicKey(keyid);
  if (known !== ROOT) throw new ContentTrustError(`${keyid} is no root key`);
  return keys.certify(keyid, { gun, clock: io.clock });
}

/** Several. @throws as `givenKey` */
export async function givenKeys(
  texts: readonly string[],
  role: RoleName,
  repository: Pick<TrustRepository, 'gun' | 'keys'>,
  io: Pick<Io, 'cwd' | 'clock'>,
): Promise<readonly PublicKey[]> {
  const found: PublicKey[] = [];
  for (const text of texts) found.push(await givenKey(text, role, repository, io)); // one prompt at a time
  return found;
}
