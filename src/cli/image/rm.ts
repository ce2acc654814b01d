import { EngineResponseError } from '../../engine/client/index.ts';
import { atLeast, defineCommand, ExitError } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { printLine } from '../io.ts';

/** `image rm`, and `rmi`: names go, and images with their last name. */
export const imageRm = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Remove one or more images',
  aliases: ['image rm', 'image remove', 'rmi'],
  flags: {
    force: { kind: 'boolean', short: 'f', help: 'Force removal of the image' },
    'no-prune': { kind: 'boolean', help: 'Do not delete untagged parents' },
    platform: {
      kind: 'list',
      value: 'strings',
      help: 'Remove only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    },
  },
  arguments: atLeast(1),
  parse: ({ force = false, platform: platforms = [], ...flags }, names) => ({
    options: { force, prune: !flags['no-prune'], platforms },
    names,
  }),
  async run({ options, names }, io) {
    const problems: EngineResponseError[] = [];
    await withEngine(io, async ({ engine }) => {
      for (const name of names) {
        try {
          for (const removal of await engine.removeImage(name, options)) {
            const { Deleted: deleted, Untagged: untagged } = removal;
            printLine(io.stdout, typeof deleted === 'string' ? `Deleted: ${deleted}` : `Untagged: ${untagged}`);
          }
        } catch (thrown) {
          if (!(thrown instanceof EngineResponseError)) throw thrown;
          problems.push(thrown);
        }
      }
    });
    if (problems.length === 0) return 0;
    const message = problems.map((problem) => problem.message).join('\n');
    if (!options.force || problems.some(({ status }) => status !== 404)) throw new ExitError(1, message);
    printLine(io.stderr, message); // by force, what is not there is as good as removed
    return 0;
  },
});
