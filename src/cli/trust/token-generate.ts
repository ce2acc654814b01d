import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fullName, parseImageReference } from '../../core/index.ts';
import { formatPublicKeyFile } from '../../pki/index.ts';
import { parseGun } from '../../tuf/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { verifyKeyName } from './key-name.ts';
import { openKeyStore, openTrustContext, type TrustContext } from './trust-context.ts';

/** `trust token generate`. */
export const tokenGenerate = defineCommand({
  usage: '[OPTIONS] ROLE',
  summary:
    'Make a key on a token, which never leaves it: for root, or a signer, whose public key is written to ROLE.pub',
  arguments: exactly(1),
  flags: {
    repository: { kind: 'string', value: 'REPOSITORY', help: 'For targets and snapshot: which repository it is of' },
  },
  parse: ({ repository }, [role = '']) => ({ role, repository }),
  async run({ role, repository }, io) {
    await generateOnToken(role, repository, await openTrustContext(io));
    return 0;
  },
});

/** @throws {KeyNameError | TokenMissingError | TokenError | TokenPinError} */
export async function generateOnToken(
  role: string,
  repository: string | undefined,
  context: TrustContext,
): Promise<void> {
  const { stdout, cwd } = context.io;
  verifyKeyName('key', role);
  const gun = repository === undefined ? undefined : parseGun(fullName(parseImageReference(repository)));
  const { keyid, publicKey } = await openKeyStore(context).createOnToken({ role, gun });
  printLine(stdout, `Made key ${keyid} for ${role} on the token`);
  if (role === 'root' || gun !== undefined) return;
  const file = `${role}.pub`;
  await writeFile(resolve(cwd, file), formatPublicKeyFile(publicKey.keyObject, role), { mode: 0o600, flag: 'wx' });
  printLine(stdout, `Its public key is in ${file}`);
}
