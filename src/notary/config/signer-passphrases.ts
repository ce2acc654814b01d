import { readPassphraseFile } from '../keys/secret-source.ts';
import { Passphrases } from '../signer/passphrases.ts';
import type { SignerConfig } from './signer-config.ts';

/** The passphrases of all aliases; one in a file goes before one in a variable, which other programs of this user can read. @throws {SecretFileError} */
export async function readPassphrases({ passphrases, passphraseFiles }: SignerConfig): Promise<Passphrases> {
  const fromFiles = await Promise.all(
    [...passphraseFiles].map(async ([alias, path]) => [alias, await readPassphraseFile(path)] as const),
  );
  const fromVariables = [...passphrases].map(([alias, text]) => [alias, Buffer.from(text)] as const);
  return new Passphrases([...fromVariables, ...fromFiles]);
}
