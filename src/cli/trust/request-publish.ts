import { publishRequest } from '../../trust/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { readRequest } from './open-request-file.ts';
import { openTrustContext, type TrustContext } from './trust-context.ts';

/** `trust request publish`. */
export const requestPublish = defineCommand({
  usage: '[OPTIONS] FILE',
  summary:
    'Publish a request that has all its signatures; needs none of the keys, unless the snapshot key is kept here',
  arguments: exactly(1),
  flags: PASSPHRASE_FLAGS,
  parse: (flags, [file = '']) => ({ file, passphrases: passphraseChoice(flags) }),
  async run({ file, passphrases }, io) {
    await publishRequestFile(file, await openTrustContext(io, passphrases));
    return 0;
  },
});

/** @throws {RequestIncompleteError | RequestOvertakenError | RequestInvalidError} */
export async function publishRequestFile(file: string, context: TrustContext): Promise<void> {
  const { request, repository } = await readRequest(file, context);
  await using _ = await repository.lock();
  await publishRequest(await repository.publishContext(), request);
  printLine(context.io.stdout, `Successfully published ${[...request.files.keys()].join(', ')} of ${request.gun}`);
}
