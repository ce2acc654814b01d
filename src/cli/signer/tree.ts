import type { CommandGroup } from '../command.ts';

/** What is done to a signer's database, beside the signer or with it stopped. */
export const signerCommands: CommandGroup = {
  summary: 'Look after a signer of Notary servers',
  section: 'Management Commands',
  commands: {
    keys: {
      summary: 'Manage the keys of a signer',
      commands: {
        list: {
          summary: 'List the keys: never their private parts',
          load: async () => (await import('./keys-list.ts')).keysList,
        },
      },
    },
    reencrypt: {
      summary: 'Encrypt keys with another passphrase',
      load: async () => (await import('./reencrypt.ts')).reencrypt,
    },
  },
};
