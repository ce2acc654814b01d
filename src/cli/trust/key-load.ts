import type { KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errorMessage } from '../../core/index.ts';
import { decryptPrivateKey, isEncryptedKeyFile, type PrivateKeyFile, parsePrivateKeyFile } from '../../pki/index.ts';
import {
  decryptAsked,
  PassphraseAttemptsError,
  PassphraseInvalidError,
  type PassphraseSource,
} from '../../trust/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { EXTRA_PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { systemErrorText, verifyKeyName } from './key-name.ts';
import { openKeyStore, openTrustContext, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

const FOR_OTHERS = 0o077;

/** `docker trust key load`. */
export const keyLoad = defineCommand({
  usage: '[OPTIONS] KEYFILE',
  summary: 'Load a private key file for signing',
  arguments: exactly(1),
  flags: { name: { kind: 'string', help: 'Name for the loaded key (default "signer")' }, ...EXTRA_PASSPHRASE_FLAGS },
  parse: ({ name = 'signer', ...flags }, [file = '']) => ({ name, file, passphrases: passphraseChoice(flags) }),
  async run({ name, file, passphrases }, io) {
    await loadKey(file, name, await openTrustContext(io, passphrases));
    return 0;
  },
});

/**
 * Takes a private key file into the key store under a signer's name, encrypted anew. An encrypted one is opened first;
 * docker says it imports those, and does not.
 * @throws {KeyNameError | ContentTrustError}
 */
export async function loadKey(file: string, name: string, context: TrustContext): Promise<void> {
  const { stdout, cwd } = context.io;
  verifyKeyName('key', name);
  printLine(stdout, `Loading key from "${file}"...`);
  const text = await readKeyFile(file, cwd);
  try {
    await openKeyStore(context).add(await openKey(file, text, context.passphrases), { role: name });
  } catch (cause) {
    throwIfInterrupted(context.io, cause);
    throw new ContentTrustError(`error importing key from ${file}: ${errorMessage(cause)}`, { cause });
  }
  printLine(stdout, `Successfully imported key from ${file}`);
}

async function readKeyFile(file: string, cwd: string): Promise<string> {
  const path = resolve(cwd, file);
  try {
    const { mode } = await stat(path);
    if (mode & FOR_OTHERS) {
      throw new ContentTrustError(`private key file ${file} must not be readable or writable by others`);
    }
    return await readFile(path, 'latin1');
  } catch (cause) {
    const reason = cause instanceof ContentTrustError ? cause.message : `stat ${file}: ${systemErrorText(cause)}`;
    throw new ContentTrustError(`refusing to load key from ${file}: ${reason}`, { cause });
  }
}

async function openKey(file: string, text: string, passphrases: PassphraseSource): Promise<KeyObject> {
  const parsed = parseKey(file, text);
  if (!isEncryptedKeyFile(parsed)) return decryptPrivateKey(parsed, '');
  return decryptAsked(parsed, passphrases, { keyid: undefined, role: 'encrypted' }).catch((cause: unknown) => {
    if (!(cause instanceof PassphraseInvalidError || cause instanceof PassphraseAttemptsError)) throw cause;
    throw new ContentTrustError(`cannot load key from provided file ${file}: could not decrypt key`, { cause });
  });
}

function parseKey(file: string, text: string): PrivateKeyFile {
  try {
    return parsePrivateKeyFile(text);
  } catch (cause) {
    throw new ContentTrustError(
      `provided file ${file} is not a supported private key - to add a signer's public key use docker trust signer add`,
      { cause },
    );
  }
}
