import { PassphraseInvalidError, type PassphraseSource, recodeKey } from '../../trust/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { chosenKey } from './chosen-key.ts';
import { givenPassphrases, PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { defaultPassphrases, openKeyStore, openTrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** `trust key passwd`. */
export const keyPasswd = defineCommand({
  usage: '[OPTIONS] KEY',
  summary: 'Give a private key another passphrase',
  arguments: exactly(1),
  flags: {
    'new-passphrase-file': { kind: 'string', value: 'FILE', help: 'File whose first line is the new passphrase' },
    ...PASSPHRASE_FLAGS,
    'passphrase-stdin': { kind: 'boolean', help: 'Take the passphrase, and the new one, from two lines of stdin' },
  },
  parse: ({ 'new-passphrase-file': next, ...flags }, [key = '']) => ({ key, next, present: passphraseChoice(flags) }),
  async run({ key, next, present }, io) {
    const given = await givenPassphrases(present, io);
    const context = await openTrustContext(io);
    const [opening, writing] = [given?.present, (await givenPassphrases({ file: next }, io))?.present ?? given?.next];
    const storeWith = (passphrases: PassphraseSource | undefined) =>
      openKeyStore({ ...context, passphrases: passphrases ?? defaultPassphrases(io) });
    const keys = storeWith(opening);
    const { keyid } = await chosenKey(keys, key);
    await recodeKey(keyid, keys, storeWith(writing)).catch((cause: unknown) => {
      if (!(cause instanceof PassphraseInvalidError)) throw cause;
      throw new ContentTrustError(`the passphrase does not open key ${keyid}`, { cause });
    });
    printLine(io.stdout, `Successfully updated the passphrase of key ${keyid}`);
    return 0;
  },
});
