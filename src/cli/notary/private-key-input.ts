import { decryptPrivateKey, isEncryptedKeyFile, type PrivateKeyFile, parsePrivateKeyFile } from '../../pki/index.ts';
import { decryptAsked, isKeyid } from '../../trust/index.ts';
import { publicKeyOf } from '../../tuf/index.ts';
import { NotaryCommandError } from './command.ts';
import type { NotaryContext } from './context.ts';
import { notaryPassphrases } from './passphrases.ts';
import { readInput } from './target-file.ts';

/**
 * The private key that a path names, taken into the store, or one on a token, by its id.
 * @throws as `takeKeyFile`
 */
export async function takeKey(
  name: string,
  owner: { readonly role: string; readonly gun?: string },
  context: NotaryContext,
): Promise<string> {
  const known = isKeyid(name) ? await context.keys.find(name) : undefined;
  return known?.token !== undefined && known.role === owner.role ? name : takeKeyFile(name, owner, context);
}

/**
 * Takes the private key of a file into the store, for `role`, unless it is there. Root keys must be encrypted.
 * @returns its canonical keyid
 * @throws {NotaryCommandError | PassphraseInvalidError | PassphraseAttemptsError}
 */
export async function takeKeyFile(
  path: string,
  owner: { readonly role: string; readonly gun?: string },
  context: NotaryContext,
): Promise<string> {
  const text = await readInput(path, context.io.cwd).catch((cause: Error) => {
    throw new NotaryCommandError(`Error reading input root key file: ${cause.message}`, { cause });
  });
  const file = parseKey(text.toString('latin1'));
  if (owner.role === 'root' && !isEncryptedKeyFile(file)) {
    throw new NotaryCommandError('only encrypted root keys may be imported');
  }
  // Notary asks for the passphrase of a root key here, whatever the key is for.
  const key = isEncryptedKeyFile(file)
    ? await decryptAsked(file, notaryPassphrases(context.io), { keyid: undefined, role: 'root' })
    : decryptPrivateKey(file, '');
  const { keyid } = publicKeyOf(key);
  const known = await context.keys.find(keyid);
  if (known && known.role !== owner.role) {
    throw new NotaryCommandError(`Error importing key: key with same ID already exists for role: ${known.role}`);
  }
  if (!known) await context.keys.add(key, owner);
  return keyid;
}

function parseKey(text: string): PrivateKeyFile {
  try {
    return parsePrivateKeyFile(text);
  } catch (cause) {
    throw new NotaryCommandError('no valid private key found', { cause });
  }
}
