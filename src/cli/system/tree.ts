import type { CommandNode } from '../command.ts';

/** docker's commands about the Engine and registries. */
export const systemCommands: Readonly<Record<string, CommandNode>> = {
  version: {
    summary: 'Show the Docker version information',
    section: 'Common Commands',
    load: async () => (await import('./version.ts')).version,
  },
  info: {
    summary: 'Display system-wide information',
    section: 'Common Commands',
    load: async () => (await import('./info.ts')).info,
  },
  login: {
    summary: 'Authenticate to a registry',
    section: 'Common Commands',
    load: async () => (await import('./login.ts')).login,
  },
  logout: {
    summary: 'Log out from a registry',
    section: 'Common Commands',
    load: async () => (await import('./logout.ts')).logout,
  },
};
