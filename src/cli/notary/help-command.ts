import { defineNotaryCommand } from './command.ts';
import { printHelp } from './program.ts';

/** `notary help`. */
export const help = defineNotaryCommand({
  usage: 'help [command]',
  long: 'Shows the help of the command that is named, or of the program.',
  flags: {},
  run: async (_, words, { io }) => printHelp(words, io),
});
