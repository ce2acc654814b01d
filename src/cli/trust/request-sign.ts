import { openRequest, signRequest } from '../../trust/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { confirm } from '../prompt.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { nextStep, printRequest, readRequest } from './open-request-file.ts';
import { writeRequest } from './request-flag.ts';
import { openTrustContext, type TrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** `trust request sign`. */
export const requestSign = defineCommand({
  usage: '[OPTIONS] FILE',
  summary: 'Sign a request with the keys that are here, after showing what it would change',
  arguments: exactly(1),
  flags: { yes: { kind: 'boolean', short: 'y', help: 'Do not prompt for confirmation' }, ...PASSPHRASE_FLAGS },
  parse: ({ yes = false, ...flags }, [file = '']) => ({ file, isConfirmed: yes, passphrases: passphraseChoice(flags) }),
  async run({ file, isConfirmed, passphrases }, io) {
    await signRequestFile(file, isConfirmed, await openTrustContext(io, passphrases));
    return 0;
  },
});

/** @throws {ContentTrustError} no key of it is here, or it was not agreed to */
export async function signRequestFile(file: string, isConfirmed: boolean, context: TrustContext): Promise<void> {
  const { io } = context;
  const { request, repository } = await readRequest(file, context);
  const publishing = await repository.publishContext();
  const before = await openRequest(publishing, request);
  await printRequest(before, repository, context);
  if (!isConfirmed && !(await confirm(io, '\nSign this?'))) throw new ContentTrustError('nothing was signed');
  const after = await signRequest(publishing, request);
  const count = ({ status }: typeof after): number => status.reduce((sum, { signed }) => sum + signed.length, 0);
  if (count(after) === count(before)) {
    const wanted = new Set(before.status.flatMap(({ missing }) => missing));
    throw new ContentTrustError(
      wanted.size === 0
        ? 'every key has signed this request'
        : `none of the keys that have not signed this request yet is here: ${[...wanted].join(', ')}`,
    );
  }
  await writeRequest(file, after.request, io.cwd);
  printLine(io.stdout, `\nSuccessfully signed the request for ${request.gun}\n${nextStep(after, file)}`);
}
