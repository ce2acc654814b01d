import type { TrustRepository } from '../../trust/index.ts';
import { type Gun, parseGun } from '../../tuf/index.ts';
import { printLine } from '../io.ts';
import { defineNotaryCommand, NotaryUsageError } from './command.ts';
import { type NotaryContext, openCollection, openNotary } from './context.ts';

/** `notary publish`. */
export const publish = defineNotaryCommand({
  usage: 'publish [ GUN ]',
  long: 'Brings the local copy of a collection up to date, applies what is staged to it, signs it, and sends it to the server.',
  flags: {},
  async run(_, [text], call) {
    if (text === undefined) throw new NotaryUsageError('Must specify a GUN');
    const context = await openNotary(call);
    printLine(context.io.stdout, `Pushing changes to ${text}`);
    await publishCollection(await openCollection(context, parseGun(text), 'write'), context);
  },
});

/** Publishes what is staged if `-p` was given. */
export async function publishIfAsked(isAsked: boolean | undefined, gun: Gun, context: NotaryContext): Promise<void> {
  if (!isAsked) return;
  const repository = await openCollection(context, gun, 'write');
  printLine(context.io.stdout, `Auto-publishing changes to ${gun}`);
  await publishCollection(repository, context);
}

async function publishCollection(repository: TrustRepository, { io }: NotaryContext): Promise<void> {
  await using _ = await repository.lock();
  await repository.publish();
  printLine(io.stdout, `Successfully published changes for repository ${repository.gun}`);
}
