import { printLine } from '../io.ts';
import { defineNotaryCommand, NotaryCommandError } from './command.ts';
import { openNotary, openStaging } from './context.ts';
import { PUBLISH_FLAG, rolesFlag } from './global-flags.ts';
import { publishIfAsked } from './publish.ts';
import { parseRoles } from './role-list.ts';

/** `notary remove`. */
export const remove = defineNotaryCommand({
  usage: 'remove [ GUN ] <target>',
  long: 'Stages the removal of a target from a collection. Nothing is asked of the server until it is published.',
  flags: { publish: PUBLISH_FLAG, roles: rolesFlag('Roles to remove the target from, instead of targets') },
  async run({ publish, roles }, [gun, target], call) {
    if (gun === undefined || target === undefined) throw new NotaryCommandError('Must specify a GUN and target');
    const context = await openNotary(call);
    const repository = await openStaging(context, gun);
    await repository.removeTarget(target, parseRoles(roles));
    printLine(context.io.stdout, `Removal of ${target} from ${gun} staged for next publish.`);
    await publishIfAsked(publish, repository.gun, context);
  },
});
