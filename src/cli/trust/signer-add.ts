import { errorMessage, parseImageReference } from '../../core/index.ts';
import { describeTrustError, firstRootKeyid, RepositoryNotFoundError } from '../../trust/index.ts';
import type { PublicKey } from '../../tuf/index.ts';
import { atLeast, defineCommand } from '../command.ts';
import { printLine } from '../io.ts';
import { EXTRA_PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { verifyKeyName } from './key-name.ts';
import { readPublicKey } from './public-key-input.ts';
import { EXTRA_REQUEST_FLAG, requestTo, verifyOneRepository } from './request-flag.ts';
import { signerRole } from './signatures.ts';
import { signerChanges } from './signer-changes.ts';
import { openRepository, openTrustContext, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** `docker trust signer add`. */
export const signerAdd = defineCommand({
  usage: 'OPTIONS NAME REPOSITORY [REPOSITORY...] ',
  summary: 'Add a signer',
  arguments: atLeast(2),
  flags: {
    key: { kind: 'list', help: "Path to the signer's public key file" },
    ...EXTRA_REQUEST_FLAG,
    ...EXTRA_PASSPHRASE_FLAGS,
  },
  parse({ key = [], request, ...flags }, [name = '', ...repositories]) {
    verifyOneRepository(request, repositories);
    return { name, repositories, keyFiles: key, request, passphrases: passphraseChoice(flags) };
  },
  async run({ name, repositories, keyFiles, request, passphrases }, io) {
    await addSigner(name, repositories, keyFiles, requestTo(await openTrustContext(io, passphrases), request));
    return 0;
  },
});

/** @throws {KeyNameError | ContentTrustError} after all repositories were tried, naming those that failed */
export async function addSigner(
  name: string,
  repositories: readonly string[],
  keyFiles: readonly string[],
  context: TrustContext,
): Promise<void> {
  const { stdout, stderr, cwd } = context.io;
  verifyKeyName('signer', name);
  if (name === 'releases') throw new ContentTrustError('releases is a reserved keyword, use a different signer name');
  if (keyFiles.length === 0) {
    throw new ContentTrustError('path to a public key must be provided using the `--key` flag');
  }
  const keys = await Promise.all(keyFiles.map((file) => readPublicKey(file, cwd)));
  const failed: string[] = [];
  for (const repository of repositories) {
    printLine(stdout, `Adding signer "${name}" to ${repository}...`);
    try {
      await addToRepository(name, repository, keys, context);
      if (!context.toRequest) printLine(stdout, `Successfully added signer: ${name} to ${repository}\n`);
    } catch (thrown) {
      throwIfInterrupted(context.io, thrown);
      printLine(stderr, `${errorMessage(thrown)}\n`);
      failed.push(repository);
    }
  }
  if (failed.length > 0) throw new ContentTrustError(`failed to add signer to: ${failed.join(', ')}`);
}

async function addToRepository(
  name: string,
  image: string,
  keys: readonly PublicKey[],
  context: TrustContext,
): Promise<void> {
  const repository = await openRepository(context, parseImageReference(image));
  await using _ = await repository.lock();
  try {
    await repository.update();
  } catch (thrown) {
    if (!(thrown instanceof RepositoryNotFoundError)) throw described(image, thrown);
    printLine(context.io.stdout, `Initializing signed repository for ${image}...`);
    try {
      await repository.initialize({ keyid: await firstRootKeyid(repository.keys) });
    } catch (cause) {
      throw described(image, cause);
    }
    printLine(context.io.stdout, `Successfully initialized ${JSON.stringify(image)}`);
  }
  await repository.publishChanges(signerChanges(signerRole(name), keys));
}

function described(image: string, cause: unknown): ContentTrustError {
  return new ContentTrustError(describeTrustError(image, cause), { cause });
}
