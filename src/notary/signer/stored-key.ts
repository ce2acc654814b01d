import { TrustSandboxError } from '../../core/index.ts';
import { openSigner, PublicKey, type Signer } from '../../tuf/index.ts';
import type { KeyRow } from './key-row.ts';
import { KeyUnwrapError } from './key-wrap.ts';
import { AliasPassphraseError, type Passphrases } from './passphrases.ts';
import { parsePrivateBytes } from './private-bytes.ts';

/** What stands in the database under a key's id is another key. */
export class KeyMismatchError extends TrustSandboxError {
  readonly code = 'NOTARY_KEY_MISMATCH';
}

/** Opens a stored key. @throws {AliasPassphraseError | KeyMismatchError | PrivateBytesError} */
export async function openRow(row: KeyRow, passphrases: Passphrases): Promise<Signer> {
  return signerOf(row, await unwrapRow(row, passphrases));
}

/** The private bytes of a stored key. @throws {AliasPassphraseError} */
export async function unwrapRow({ alias, jwe }: KeyRow, passphrases: Passphrases): Promise<Buffer> {
  const wrapper = passphrases.get(alias);
  try {
    return await wrapper.unwrap(jwe);
  } catch (thrown) {
    if (!(thrown instanceof KeyUnwrapError)) throw thrown;
    throw new AliasPassphraseError(alias, 'wrong passphrase: it does not open the keys in the database', {
      cause: thrown,
    });
  }
}

/** @throws {KeyMismatchError | PrivateBytesError} `plain` is not the key that the row says it is */
export function signerOf(row: KeyRow, plain: Buffer): Signer {
  const signer = openSigner(parsePrivateBytes(row.algorithm, plain));
  const listed = new PublicKey(row.algorithm, row.publicKey);
  if (signer.key.keyid === row.keyid && listed.keyid === row.keyid) return signer;
  throw new KeyMismatchError(`the key stored as ${row.keyid} is another one`);
}
