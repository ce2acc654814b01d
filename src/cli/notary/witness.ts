import { printLine } from '../io.ts';
import { defineNotaryCommand, NotaryUsageError } from './command.ts';
import { openNotary, openStaging } from './context.ts';
import { PUBLISH_FLAG } from './global-flags.ts';
import { publishIfAsked } from './publish.ts';

/** `notary witness`. */
export const witness = defineNotaryCommand({
  usage: 'witness [ GUN ] <role> ...',
  long: 'Stages roles to be signed again as they are, with a new version and date. It mends a delegation whose keys have changed.',
  flags: { publish: PUBLISH_FLAG },
  async run({ publish }, [gun, ...roles], call) {
    if (gun === undefined || roles.length === 0) {
      throw new NotaryUsageError('Please provide a GUN and at least one role to witness');
    }
    const context = await openNotary(call);
    const repository = await openStaging(context, gun);
    for (const role of roles) await repository.changes.add({ kind: 'witness', role });
    printLine(
      context.io.stdout,
      `The following roles were successfully marked for witnessing on the next publish:\n\t- ${roles.join('\n\t- ')}`,
    );
    await publishIfAsked(publish, repository.gun, context);
  },
});
