import { fullName, parseImageReference } from '../../core/index.ts';
import { createRootCertificate } from '../../pki/index.ts';
import { parseGun } from '../../tuf/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { chosenKey } from './chosen-key.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { openKeyStore, openTrustContext } from './trust-context.ts';

/** `trust key certificate`. */
export const keyCertificate = defineCommand({
  usage: '[OPTIONS] KEY REPOSITORY',
  summary:
    "Write a certificate of a private key for a repository, by which others make it one of the repository's root keys",
  arguments: exactly(2),
  flags: PASSPHRASE_FLAGS,
  parse: (flags, [key = '', repository = '']) => ({ key, repository, passphrases: passphraseChoice(flags) }),
  async run({ key, repository, passphrases }, io) {
    const keys = openKeyStore(await openTrustContext(io, passphrases));
    const gun = parseGun(fullName(parseImageReference(repository)));
    const opened = await keys.open((await chosenKey(keys, key)).keyid);
    io.stdout.write(createRootCertificate({ gun, key: opened, clock: io.clock }));
    return 0;
  },
});
