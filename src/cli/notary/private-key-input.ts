import type { KeyObject } from 'node:crypto';
import { TrustSandboxError } from '../../core/index.ts';
import { decryptPrivateKey, isEncryptedKeyFile, type PrivateKeyFile, parsePrivateKeyFile } from '../../pki/index.ts';
import { PassphraseInvalidError } from '../../trust/index.ts';
import { publicKeyOf } from '../../tuf/index.ts';
import { NotaryCommandError } from './command.ts';
import type { NotaryContext } from './context.ts';
import { notaryPassphrases } from './passphrases.ts';
import { readInput } from './target-file.ts';

const MAX_ATTEMPTS = 12;

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
  const key = isEncryptedKeyFile(file) ? await decrypt(file, context) : decryptPrivateKey(file, '');
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

/** Notary asks for the passphrase of a root key here, whatever the key is for. */
async function decrypt(file: PrivateKeyFile, { io }: NotaryContext): Promise<KeyObject> {
  const passphrases = notaryPassphrases(io);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const answer = await passphrases.ask({ keyid: undefined, role: 'root', isNew: false, attempt });
    if (answer.kind !== 'passphrase') break;
    try {
      return decryptPrivateKey(file, answer.passphrase);
    } catch (thrown) {
      if (!(thrown instanceof TrustSandboxError && thrown.code === 'PASSPHRASE_INCORRECT')) throw thrown;
    }
  }
  throw new PassphraseInvalidError('');
}
