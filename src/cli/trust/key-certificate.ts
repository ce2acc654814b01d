import { fullName, parseImageReference } from '../../core/index.ts';
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
    const context = await openTrustContext(io, passphrases);
    const keys = openKeyStore(context);
    const gun = parseGun(fullName(parseImageReference(repository)));
    const certificate = await keys.certify((await chosenKey(keys, key)).keyid, { gun, clock: context.io.clock });
    io.stdout.write(certificate.bytes.toString());
    return 0;
  },
});
