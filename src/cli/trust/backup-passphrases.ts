import { type PassphraseSource, promptPassphrases } from '../../trust/index.ts';
import type { Io } from '../io.ts';
import { ioPrompter } from '../prompt.ts';
import { givenPassphrases, type PassphraseChoice } from './given-passphrases.ts';

/** What a backup is called where keys are called by their role. */
export const BACKUP = 'backup';

const VARIABLE = 'TRUSTSANDBOX_BACKUP_PASSPHRASE';

/** A backup has a passphrase of its own: none of docker's variables is meant for it. @throws {ContentTrustError} */
export async function backupPassphrases(choice: PassphraseChoice, io: Io): Promise<PassphraseSource> {
  const given = await givenPassphrases(choice, io);
  if (given) return given.present;
  const passphrase = io.env[VARIABLE];
  if (!passphrase) return promptPassphrases(ioPrompter(io));
  return { ask: async ({ attempt }) => (attempt > 0 ? { kind: 'give-up' } : { kind: 'passphrase', passphrase }) };
}
