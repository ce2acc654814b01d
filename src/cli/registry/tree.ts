import type { CommandGroup } from '../command.ts';

/** What is done to a registry's files, beside the server. */
export const registryCommands: CommandGroup = {
  summary: 'Look after a registry',
  section: 'Management Commands',
  commands: {
    'garbage-collect': {
      summary: 'Delete what no tag or manifest leads to, while the registry serves',
      load: async () => (await import('./garbage-collect.ts')).garbageCollect,
    },
    scrub: {
      summary: 'Verify the digest of every blob',
      load: async () => (await import('./scrub.ts')).scrubCommand,
    },
    quarantine: {
      summary: 'Damaged blobs that scrub moved aside',
      commands: {
        ls: {
          summary: 'List them',
          load: async () => (await import('./quarantine.ts')).quarantineLs,
        },
        restore: {
          summary: 'Put them back, damaged as they are',
          load: async () => (await import('./quarantine.ts')).quarantineRestore,
        },
      },
    },
    passwd: {
      summary: 'Set the password of a user in an htpasswd file',
      load: async () => (await import('./passwd.ts')).passwd,
    },
  },
};
