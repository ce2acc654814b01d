import type { CommandGroup } from '../command.ts';

/** What is done to a Notary server's database, beside the server or with it stopped. */
export const notaryServerCommands: CommandGroup = {
  summary: 'Look after a Notary server',
  section: 'Management Commands',
  commands: {},
};
