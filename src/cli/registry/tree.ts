import type { CommandGroup } from '../command.ts';

/** What is done to a registry's files, beside the server. */
export const registryCommands: CommandGroup = {
  summary: 'Look after a registry',
  section: 'Management Commands',
  commands: {
    passwd: {
      summary: 'Set the password of a user in an htpasswd file',
      load: async () => (await import('./passwd.ts')).passwd,
    },
  },
};
