import { stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorMessage } from '../../core/index.ts';
import { formatPublicKeyFile } from '../../pki/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { EXTRA_PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { verifyKeyName } from './key-name.ts';
import { openKeyStore, openTrustContext, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** `docker trust key generate`. */
export const keyGenerate = defineCommand({
  usage: 'NAME',
  summary: 'Generate and load a signing key-pair',
  arguments: exactly(1),
  flags: {
    dir: { kind: 'string', help: 'Directory to generate key in, defaults to current directory' },
    ...EXTRA_PASSPHRASE_FLAGS,
  },
  parse: ({ dir, ...flags }, [name = '']) => ({ name, folder: dir, passphrases: passphraseChoice(flags) }),
  async run({ name, folder, passphrases }, io) {
    await generateKey(name, folder, await openTrustContext(io, passphrases));
    return 0;
  },
});

/**
 * Makes a signer's key in the key store and writes the public part to `<name>.pub`, mode 0600, in `folder`.
 * @throws {KeyNameError | ContentTrustError}
 */
export async function generateKey(name: string, folder: string | undefined, context: TrustContext): Promise<void> {
  const { stdout, cwd } = context.io;
  verifyKeyName('key', name);
  const shown = join(folder ?? cwd, `${name}.pub`);
  const path = resolve(cwd, shown);
  await verifyPlace(folder ?? cwd, resolve(cwd, folder ?? ''), path, shown);
  printLine(stdout, `Generating key for ${name}...`);
  const keys = openKeyStore(context);
  try {
    const { keyid } = await keys.create({ role: name });
    await writeFile(path, formatPublicKeyFile(await keys.open(keyid), name), { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throwIfInterrupted(context.io, cause);
    throw new ContentTrustError(`failed to generate key for ${name}: ${errorMessage(cause)}`, { cause });
  }
  printLine(stdout, `Successfully generated and loaded private key. Corresponding public key available: ${shown}`);
}

async function verifyPlace(shownFolder: string, folder: string, path: string, shown: string): Promise<void> {
  if (!(await isThere(folder))) throw new ContentTrustError(`public key path does not exist: "${shownFolder}"`);
  if (await isThere(path)) throw new ContentTrustError(`public key file already exists: "${shown}"`);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
