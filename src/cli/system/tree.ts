import type { CommandLeaf, CommandNode } from '../command.ts';

const info: CommandLeaf = {
  summary: 'Display system-wide information',
  load: async () => (await import('./info.ts')).info,
};
const events: CommandLeaf = {
  summary: 'Get real time events from the server',
  load: async () => (await import('./events.ts')).events,
};

/** docker's commands about the Engine and registries. */
export const systemCommands: Readonly<Record<string, CommandNode>> = {
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
  search: {
    summary: 'Search Docker Hub for images',
    section: 'Common Commands',
    load: async () => (await import('./search.ts')).search,
  },
  version: {
    summary: 'Show the Docker version information',
    section: 'Common Commands',
    load: async () => (await import('./version.ts')).version,
  },
  info: { ...info, section: 'Common Commands' },
  system: {
    summary: 'Manage Docker',
    section: 'Management Commands',
    commands: {
      df: { summary: 'Show docker disk usage', load: async () => (await import('./df.ts')).df },
      'dial-stdio': { summary: '', load: async () => (await import('./dial-stdio.ts')).dialStdio },
      events,
      info,
      prune: { summary: 'Remove unused data', load: async () => (await import('./prune.ts')).systemPrune },
    },
  },
  events: { ...events, section: 'Commands' },
};
