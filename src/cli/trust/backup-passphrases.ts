import { type PassphraseSource, type Prompter, promptPassphrases } from '../../trust/index.ts';
import type { Io } from '../io.ts';
import { ioPrompter } from '../prompt.ts';
import { givenPassphrases, type PassphraseChoice } from './given-passphrases.ts';
import { ContentTrustError } from './trust-error.ts';

/** What a backup is called where keys are called by their role. */
export const BACKUP = 'backup';

const VARIABLE = 'TRUSTSANDBOX_BACKUP_PASSPHRASE';

/** A backup has a passphrase of its own: none of docker's variables is meant for it. @throws {ContentTrustError} */
export async function backupPassphrases(choice: PassphraseChoice, io: Io): Promise<PassphraseSource> {
  const given = await givenPassphrases(choice, io);
  if (given) return given.present;
  const passphrase = io.env[VARIABLE];
  if (!passphrase) return promptPassphrases(untilInputEnds(ioPrompter(io)));
  return { ask: async ({ attempt }) => (attempt > 0 ? { kind: 'give-up' } : { kind: 'passphrase', passphrase }) };
}

/** Asking again is of no use where nobody answers. @throws {ContentTrustError} */
function untilInputEnds(prompter: Prompter): Prompter {
  return {
    ...prompter,
    async askHidden(prompt) {
      const line = await prompter.askHidden(prompt);
      if (line !== undefined) return line;
      throw new ContentTrustError(
        `there is no passphrase for the backup: give one by --passphrase-file, --passphrase-stdin or ${VARIABLE}`,
      );
    },
  };
}
