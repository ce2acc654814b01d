import { formatPem, PemInvalidError, parsePem } from '../../pki/index.ts';
import type { InitialRoot, TrustRepository } from '../../trust/index.ts';
import { certificateKey, type PublicKey, parseGun } from '../../tuf/index.ts';
import { printLine } from '../io.ts';
import { defineNotaryCommand, NotaryCommandError, NotaryUsageError } from './command.ts';
import { type NotaryContext, openCollection, openNotary } from './context.ts';
import { PUBLISH_FLAG } from './global-flags.ts';
import { takeKeyFile } from './private-key-input.ts';
import { publishIfAsked } from './publish.ts';
import { readInput } from './target-file.ts';

/** `notary init`. */
export const init = defineNotaryCommand({
  usage: 'init [ GUN ]',
  long: 'Begins a collection: makes its keys and its first metadata, here, with keys that the server makes for it. A root key that is there serves again.',
  flags: {
    publish: PUBLISH_FLAG,
    rootcert: {
      kind: 'string',
      help: 'Certificate of the root key for this collection; without --rootkey the key must be here',
    },
    rootkey: { kind: 'string', help: 'Root key to use (encrypted PEM file)' },
  },
  async run({ publish, rootcert, rootkey }, [text], call) {
    if (text === undefined) throw new NotaryUsageError('Must specify a GUN');
    const context = await openNotary(call);
    const repository = await openCollection(context, parseGun(text), 'write');
    const keyid = rootkey
      ? await takeKeyFile(rootkey, { role: 'root' }, context)
      : (await context.keys.listRole('root'))[0]?.keyid;
    if (keyid !== undefined) printLine(context.io.stdout, `Root key found, using: ${keyid}`);
    const certificate = rootcert ? await readCertificate(rootcert, context) : undefined;
    const root = { keyid: rootcert && !rootkey ? undefined : keyid, certificate };
    await initializeLocked(repository, certificate ? await withKeyOf(root, certificate, context) : root);
    await publishIfAsked(publish, repository.gun, context);
  },
});

async function initializeLocked(repository: TrustRepository, root: InitialRoot): Promise<void> {
  await using _ = await repository.lock();
  await repository.initialize(root);
}

async function readCertificate(path: string, { io }: NotaryContext): Promise<PublicKey> {
  const text = await readInput(path, io.cwd).catch((cause: Error) => {
    throw new NotaryCommandError(`error reading certificate file: ${cause.message}`, { cause });
  });
  const block = firstBlock(text.toString('latin1'));
  if (!block) throw new NotaryCommandError('the provided file does not contain a valid PEM certificate <nil>');
  try {
    return certificateKey(formatPem('CERTIFICATE', block.bytes));
  } catch (cause) {
    throw new NotaryCommandError(`Parsing certificate PEM bytes to x509 certificate: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function firstBlock(text: string) {
  try {
    return parsePem(text)[0];
  } catch (thrown) {
    if (thrown instanceof PemInvalidError) return undefined;
    throw thrown;
  }
}

/** The key that the certificate is for. @throws {NotaryCommandError} it is another one, or not here */
async function withKeyOf(root: InitialRoot, certificate: PublicKey, { keys }: NotaryContext): Promise<InitialRoot> {
  const { canonicalKeyid } = certificate;
  if (root.keyid === undefined) {
    const known = await keys.find(canonicalKeyid);
    if (known?.role === 'root') return { keyid: canonicalKeyid, certificate };
    throw new NotaryCommandError('error initializing repository with certificate: cannot find matching private key id');
  }
  if (root.keyid !== canonicalKeyid) {
    throw new NotaryCommandError('could not obtain public key from IDs: private key id does not match public key id');
  }
  return root;
}
