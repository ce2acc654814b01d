import { openRequest } from '../../trust/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { nextStep, printRequest, readRequest } from './open-request-file.ts';
import { openTrustContext, type TrustContext } from './trust-context.ts';

/** `trust request show`. */
export const requestShow = defineCommand({
  usage: 'FILE',
  summary: 'Show what a request would change, and who has signed it',
  arguments: exactly(1),
  flags: {},
  parse: (_, [file = '']) => ({ file }),
  async run({ file }, io) {
    await showRequest(file, await openTrustContext(io));
    return 0;
  },
});

/** @throws {RequestOvertakenError | RequestInvalidError} */
export async function showRequest(file: string, context: TrustContext): Promise<void> {
  const { request, repository } = await readRequest(file, context);
  const opened = await openRequest(await repository.publishContext(), request);
  await printRequest(opened, repository, context);
  printLine(context.io.stdout, `\n${nextStep(opened, file)}`);
}
