import type { CommandGroup } from '../command.ts';

/** What is done to a Notary server's database, beside the server or with it stopped. */
export const notaryServerCommands: CommandGroup = {
  summary: 'Look after a Notary server',
  section: 'Management Commands',
  commands: {
    gun: {
      summary: 'Collections that a server has',
      commands: {
        list: { summary: 'List collections', load: async () => (await import('./gun-list.ts')).gunList },
        ls: { summary: '', load: async () => (await import('./gun-list.ts')).gunList },
        show: { summary: 'Show what is current', load: async () => (await import('./gun-show.ts')).gunShow },
        history: { summary: 'List versions', load: async () => (await import('./gun-history.ts')).gunHistory },
        diff: { summary: 'Compare two versions of a role', load: async () => (await import('./gun-diff.ts')).gunDiff },
        delete: { summary: 'Forget a collection', load: async () => (await import('./gun-delete.ts')).gunDelete },
        rm: { summary: '', load: async () => (await import('./gun-delete.ts')).gunDelete },
      },
    },
    keys: {
      summary: 'Keys that a server signs with',
      commands: {
        list: { summary: 'List keys', load: async () => (await import('./keys-list.ts')).keysList },
        ls: { summary: '', load: async () => (await import('./keys-list.ts')).keysList },
        'change-secret': {
          summary: 'Encrypt all keys with another secret',
          load: async () => (await import('./keys-change-secret.ts')).keysChangeSecret,
        },
      },
    },
    audit: {
      summary: 'The log of what was done, and who asked for it',
      commands: {
        list: { summary: 'List entries', load: async () => (await import('./audit-list.ts')).auditList },
        ls: { summary: '', load: async () => (await import('./audit-list.ts')).auditList },
        head: { summary: 'Print what pins the log', load: async () => (await import('./audit-head.ts')).auditHead },
        verify: { summary: 'Check the log', load: async () => (await import('./audit-verify.ts')).auditVerify },
      },
    },
    verify: { summary: 'Check all that is stored', load: async () => (await import('./verify.ts')).verify },
    backup: { summary: 'Write the database into a file', load: async () => (await import('./backup.ts')).backup },
    restore: { summary: 'Put a backup into a database', load: async () => (await import('./restore.ts')).restore },
    prune: { summary: 'Forget old versions', load: async () => (await import('./prune.ts')).pruneCommand },
    import: {
      summary: 'Take over the database of a notary-server',
      load: async () => (await import('./import.ts')).importCommand,
    },
    expiry: { summary: 'List what runs out soon', load: async () => (await import('./expiry.ts')).expiry },
  },
};
