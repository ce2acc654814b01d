import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { encryptPrivateKey, formatPublicKeyFile } from '../../../pki/index.ts';
import { askNewPassphrase } from '../../../trust/index.ts';
import { publicKeyOf } from '../../../tuf/index.ts';
import { printLine } from '../../io.ts';
import { defineNotaryCommand, NotaryCommandError, NotaryUsageError } from '../command.ts';
import { type NotaryContext, openNotary } from '../context.ts';
import { notaryPassphrases } from '../passphrases.ts';

const ALGORITHM = 'ecdsa';
const FILE_MODE = 0o600;

/** `notary key generate`. */
export const keyGenerate = defineNotaryCommand({
  usage: 'generate [ algorithm ]',
  long: 'Makes an ECDSA P-256 key. With --output it is written to two files, NAME.pem and NAME-key.pem, the public and the encrypted private key, and not kept here.',
  flags: {
    output: { kind: 'string', short: 'o', help: 'Name of the files to write, without .pem' },
    role: { kind: 'string', short: 'r', help: 'Role the key is for (default "root")' },
  },
  async run({ output, role = 'root' }, [algorithm = ALGORITHM, ...more], call) {
    if (more.length > 0) {
      throw new NotaryUsageError('Please provide only one Algorithm as an argument to generate (rsa, ecdsa)');
    }
    if (algorithm.toLowerCase() !== ALGORITHM) {
      throw new NotaryCommandError('Algorithm not allowed, possible values are: ECDSA');
    }
    const context = await openNotary(call);
    if (output) return generateToFiles(output, role, context);
    const { keyid } = await context.keys.create({ role }).catch((cause: Error) => {
      throw new NotaryCommandError(`Failed to create a new ${role} key: ${cause.message}`, { cause });
    });
    printLine(context.io.stdout, `Generated new ${ALGORITHM} ${role} key with keyID: ${keyid}`);
  },
});

async function generateToFiles(output: string, role: string, { io }: NotaryContext): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { keyid } = publicKeyOf(privateKey);
  const passphrase = await askNewPassphrase(notaryPassphrases(io), { keyid, role: '' });
  if (passphrase === '') throw new NotaryCommandError('no password provided');
  const path = resolve(io.cwd, output);
  await writeFile(`${path}-key.pem`, encryptPrivateKey(privateKey, passphrase, { role }), { mode: FILE_MODE });
  await writeFile(`${path}.pem`, formatPublicKeyFile(privateKey, role), { mode: FILE_MODE });
}
