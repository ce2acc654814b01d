import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errorMessage } from '../../core/index.ts';
import { importKeys } from '../../trust/index.ts';
import { atLeast, defineCommand } from '../command.ts';
import { printLine } from '../io.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { systemErrorText } from './key-name.ts';
import { openKeyStore, openTrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** `trust key import`. */
export const keyImport = defineCommand({
  usage: '[OPTIONS] FILE [FILE...]',
  summary: 'Take private keys from PEM files, those of "key export" as they are',
  arguments: atLeast(1),
  flags: {
    name: {
      kind: 'string',
      help: 'Role of keys whose headers name none: root, targets, or a signer (default "signer")',
    },
    repository: { kind: 'string', help: 'Repository of keys whose headers name none' },
    ...PASSPHRASE_FLAGS,
  },
  parse: ({ name = 'signer', repository, ...flags }, files) => ({
    files,
    role: name,
    gun: repository,
    passphrases: passphraseChoice(flags),
  }),
  async run({ files, role, gun, passphrases: choice }, io) {
    const context = await openTrustContext(io, choice);
    const keys = openKeyStore(context);
    for (const file of files) {
      const text = await readFile(resolve(io.cwd, file), 'latin1').catch((cause: unknown) => {
        throw new ContentTrustError(`cannot read ${file}: ${systemErrorText(cause)}`, { cause });
      });
      try {
        const taken = await importKeys(keys, text, { role, gun, passphrases: context.passphrases });
        for (const { keyid, role: owner } of taken) printLine(io.stdout, `Imported ${owner} key ${keyid}`);
        if (taken.length === 0) throw new ContentTrustError('there are none in it');
      } catch (cause) {
        throwIfInterrupted(io, cause);
        throw new ContentTrustError(`error importing keys from ${file}: ${errorMessage(cause)}`, { cause });
      }
    }
    return 0;
  },
});
