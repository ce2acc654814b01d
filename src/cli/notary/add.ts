import { printLine } from '../io.ts';
import { defineNotaryCommand, NotaryUsageError } from './command.ts';
import { openNotary, openStaging } from './context.ts';
import { CUSTOM_FLAG, PUBLISH_FLAG, rolesFlag } from './global-flags.ts';
import { publishIfAsked } from './publish.ts';
import { parseRoles } from './role-list.ts';
import { hashFile, readCustom } from './target-file.ts';

/** `notary add`. */
export const add = defineNotaryCommand({
  usage: 'add [ GUN ] <target> <file>',
  long: 'Stages a file, by its length and hashes, as a target of a collection. Nothing is asked of the server until it is published.',
  flags: {
    custom: CUSTOM_FLAG,
    publish: PUBLISH_FLAG,
    roles: rolesFlag('Roles to add the target to, instead of targets'),
  },
  async run({ custom, publish, roles }, [gun, target, path], call) {
    if (gun === undefined || target === undefined || path === undefined) {
      throw new NotaryUsageError('Must specify a GUN, target, and path to target data');
    }
    const context = await openNotary(call);
    const { cwd, stdout } = context.io;
    const extra = await readCustom(custom, cwd);
    const repository = await openStaging(context, gun);
    const file = await hashFile(path, cwd);
    await repository.addTarget(target, { ...file, extra }, parseRoles(roles));
    printLine(stdout, `Addition of target "${target}" to repository "${gun}" staged for next publish.`);
    await publishIfAsked(publish, repository.gun, context);
  },
});
