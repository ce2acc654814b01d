import type { CommandGroup } from '../command.ts';

/** Servers for real use, each in the foreground. */
export const serveCommands: CommandGroup = {
  summary: 'Run a server in the foreground',
  section: 'Management Commands',
  commands: {
    registry: {
      summary: 'Serve a registry, as a configuration file says',
      load: async () => (await import('./registry.ts')).serveRegistryCommand,
    },
    notary: {
      summary: "Serve trust metadata, as notary-server's configuration file says",
      load: async () => (await import('./notary.ts')).serveNotaryCommand,
    },
    signer: {
      summary: "Keep the keys of Notary servers, as notary-signer's configuration file says",
      load: async () => (await import('./signer.ts')).serveSignerCommand,
    },
    tokens: {
      summary: 'Serve tokens for registries and Notary servers',
      load: async () => (await import('./tokens.ts')).serveTokensCommand,
    },
  },
};
