import { resolve } from 'node:path';
import { humanCount } from '../../core/index.ts';
import { askNewPassphrase, collectBackup, formatBackup, sealBundle, writePrivateFile } from '../../trust/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { BACKUP, backupPassphrases } from './backup-passphrases.ts';
import { PASSPHRASE_FLAGS, type PassphraseChoice, passphraseChoice } from './given-passphrases.ts';
import { openKeyStore, openTrustContext, type TrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** `trust backup`. */
export const backup = defineCommand({
  usage: '[OPTIONS] FILE',
  summary:
    'Write all private keys that are here, and what was last verified, to an encrypted file. Each key stays encrypted in it by its own passphrase',
  arguments: exactly(1),
  flags: PASSPHRASE_FLAGS,
  parse: (flags, [file = '']) => ({ file, passphrases: passphraseChoice(flags) }),
  async run({ file, passphrases }, io) {
    await backupTrust(file, passphrases, await openTrustContext(io));
    return 0;
  },
});

/** @throws {ContentTrustError} there is nothing to back up */
export async function backupTrust(file: string, choice: PassphraseChoice, context: TrustContext): Promise<void> {
  const { directory, io } = context;
  const content = await collectBackup(directory, openKeyStore(context), io.clock);
  if (content.keys.size === 0 && content.metadata.size === 0)
    throw new ContentTrustError('there is nothing to back up');
  const passphrase = await askNewPassphrase(await backupPassphrases(choice, io), { keyid: undefined, role: BACKUP });
  await writePrivateFile(resolve(io.cwd, file), await sealBundle(formatBackup(content), passphrase));
  report(file, content.keys.size, content.metadata.size, io);
}

function report(file: string, keys: number, collections: number, { stdout }: Io): void {
  printLine(
    stdout,
    `Wrote ${humanCount(keys, 'key')} and the trust data of ${humanCount(collections, 'repository')} to ${file}`,
  );
}
