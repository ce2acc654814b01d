import { resolve } from 'node:path';
import { humanCount } from '../../core/index.ts';
import { changeSecret, openNotaryDatabase, type SecretSource, secretOf } from '../../notary/index.ts';
import { defineCommand, ExitError, noArguments, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { administrator } from './administrator.ts';
import { databaseFlags, databaseOptions, meantServer } from './database-option.ts';

/** `notary-server keys change-secret`: all keys in the database, encrypted with another secret. */
export const keysChangeSecret = defineCommand({
  usage: '[OPTIONS] --to-key-file FILE | --to-passphrase-file FILE',
  summary:
    'Encrypt all keys in the database with another secret: all of them or none. The present secret is the one that the\n' +
    'configuration names; change that afterwards, and start the servers again. Until then those that run make no new keys.',
  flags: {
    ...databaseFlags,
    'to-key-file': {
      kind: 'string',
      value: 'file',
      help: 'The new secret: at least 32 random bytes; made when missing',
    },
    'to-passphrase-file': { kind: 'string', value: 'file', help: 'The new secret: a passphrase' },
  },
  arguments: noArguments,
  parse(flags) {
    const [keyFile, passphraseFile] = [flags['to-key-file'], flags['to-passphrase-file']];
    if ((keyFile === undefined) === (passphraseFile === undefined))
      throw new UsageError('want one of --to-key-file and --to-passphrase-file');
    return { meant: databaseOptions(flags), keyFile, passphraseFile };
  },
  async run({ meant, keyFile, passphraseFile }, io) {
    const { config, location, folder } = await meantServer(meant, io);
    const from = secretOf(config, folder);
    if (!from) throw new ExitError(1, 'this server has no keys of its own: they are with a signer, or in memory');
    const to: SecretSource =
      keyFile === undefined
        ? { kind: 'passphrase-file', path: resolve(io.cwd, passphraseFile ?? '') }
        : { kind: 'key-file', path: resolve(io.cwd, keyFile), isMade: true };
    await using database = await openNotaryDatabase(location);
    const audit = config.hasAudit ? { at: io.clock.now(), actor: administrator() } : undefined;
    const count = await changeSecret(database, { from, to, audit });
    printLine(io.stdout, `${humanCount(count, 'key')} now encrypted with the new secret`);
    return 0;
  },
});
