import type { CommandGroup } from '../command.ts';

/** `docker trust`. */
export const trustCommands: CommandGroup = {
  summary: 'Manage trust on Docker images',
  section: 'Management Commands',
  commands: {
    key: {
      summary: 'Manage keys for signing Docker images',
      section: 'Management Commands',
      commands: {
        generate: {
          summary: 'Generate and load a signing key-pair',
          load: async () => (await import('./key-generate.ts')).keyGenerate,
        },
        load: {
          summary: 'Load a private key file for signing',
          load: async () => (await import('./key-load.ts')).keyLoad,
        },
      },
    },
    signer: {
      summary: 'Manage entities who can sign Docker images',
      section: 'Management Commands',
      commands: {
        add: { summary: 'Add a signer', load: async () => (await import('./signer-add.ts')).signerAdd },
        remove: { summary: 'Remove a signer', load: async () => (await import('./signer-remove.ts')).signerRemove },
      },
    },
    inspect: {
      summary: 'Return low-level information about keys and signatures',
      load: async () => (await import('./inspect.ts')).inspect,
    },
    revoke: { summary: 'Remove trust for an image', load: async () => (await import('./revoke.ts')).revoke },
    sign: { summary: 'Sign an image', load: async () => (await import('./sign.ts')).sign },
  },
};
