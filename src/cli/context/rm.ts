import { atLeast, type Command, defineCommand, ExitError } from '../command.ts';
import { printLine } from '../io.ts';
import { findSurroundings, type Surroundings } from '../surroundings.ts';
import { DEFAULT_CONTEXT, readContext, removeContext } from './context-store.ts';
import { setCurrentContext } from './use.ts';

/** `context rm`: forgets contexts, with their certificates. */
export const contextRm: Command = defineCommand({
  usage: 'CONTEXT [CONTEXT...]',
  summary: 'Remove one or more contexts',
  aliases: ['context rm', 'context remove'],
  flags: { force: { kind: 'boolean', short: 'f', help: 'Force the removal of a context in use' } },
  arguments: atLeast(1),
  parse: ({ force = false }, names) => ({ names, force }),
  async run({ names, force }, io) {
    const surroundings = await findSurroundings(io);
    const problems: string[] = [];
    for (const name of names) {
      const problem = await remove(surroundings, name, force);
      if (problem === undefined) printLine(io.stdout, name);
      else problems.push(problem);
    }
    if (problems.length > 0) throw new ExitError(1, problems.join('\n'));
    return 0;
  },
});

/** @returns why it was not removed */
async function remove({ context, contextFolder }: Surroundings, name: string, force: boolean) {
  const shown = JSON.stringify(name);
  if (name === DEFAULT_CONTEXT) return 'context "default" cannot be removed';
  const exists = await readContext(contextFolder, name).then(
    () => true,
    () => false,
  );
  if (!exists && !force) return `context ${shown} does not exist`;
  if (name === context.name) {
    if (!force) return `context ${shown} is in use, set -f flag to force remove`;
    await setCurrentContext(contextFolder, DEFAULT_CONTEXT);
  }
  await removeContext(contextFolder, name);
  return undefined;
}
