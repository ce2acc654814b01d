import { resolve } from 'node:path';
import {
  findFile,
  MAX_BACKUP_BYTES,
  openBundle,
  PassphraseInvalidError,
  parseBackup,
  type Restoration,
  restoreBackup,
} from '../../trust/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { BACKUP, backupPassphrases } from './backup-passphrases.ts';
import { PASSPHRASE_FLAGS, type PassphraseChoice, passphraseChoice } from './given-passphrases.ts';
import { openKeyStore, openTrustContext, type TrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

interface RestoreOptions {
  readonly isForced?: boolean;
  readonly passphrases?: PassphraseChoice;
}

/** `trust restore`. */
export const restore = defineCommand({
  usage: '[OPTIONS] FILE',
  summary: 'Bring back from an encrypted backup the keys and trust data that are missing here',
  arguments: exactly(1),
  flags: {
    force: { kind: 'boolean', short: 'f', help: 'Replace what is here and differs' },
    ...PASSPHRASE_FLAGS,
  },
  parse: ({ force = false, ...flags }, [file = '']) => ({
    file,
    isForced: force,
    passphrases: passphraseChoice(flags),
  }),
  async run({ file, ...options }, io) {
    await restoreTrust(file, options, await openTrustContext(io));
    return 0;
  },
});

/** Writes nothing unless all of the backup is in order. @throws {BackupInvalidError | BackupClosedError} */
export async function restoreTrust(
  file: string,
  { isForced = false, passphrases = {} }: RestoreOptions,
  context: TrustContext,
): Promise<Restoration> {
  const { io, directory } = context;
  const sealed = await findFile(resolve(io.cwd, file), MAX_BACKUP_BYTES);
  if (!sealed) throw new ContentTrustError(`no such file: ${file}`);
  const source = await backupPassphrases(passphrases, io);
  const answer = await source.ask({ keyid: undefined, role: BACKUP, isNew: false, attempt: 0 });
  if (answer.kind !== 'passphrase') throw new PassphraseInvalidError(undefined);
  const content = parseBackup(await openBundle(sealed, answer.passphrase));
  const restoration = await restoreBackup(content, directory, openKeyStore(context), isForced);
  for (const [what, names] of [
    ['Restored', restoration.restored],
    ['Here already, the same', restoration.same],
    ['Here already, and another: left as it is (--force replaces it)', restoration.kept],
  ] as const) {
    for (const name of names) printLine(io.stdout, `${what}: ${name}`);
  }
  return restoration;
}
