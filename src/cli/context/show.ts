import { type Command, defineCommand, noArguments } from '../command.ts';
import { printLine } from '../io.ts';
import { findSurroundings } from '../surroundings.ts';

/** `context show`: the context in force. */
export const contextShow: Command = defineCommand({
  usage: '',
  summary: 'Print the name of the current context',
  flags: {},
  arguments: noArguments,
  parse: () => undefined,
  async run(_, io) {
    printLine(io.stdout, (await findSurroundings(io)).context.name);
    return 0;
  },
});
