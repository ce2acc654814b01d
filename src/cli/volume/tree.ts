import type { CommandNode } from '../command.ts';

const ls = { summary: 'List volumes', load: async () => (await import('./ls.ts')).volumeLs };

/** docker's commands about volumes: those of the sandbox can be looked at. */
export const volumeCommands: Readonly<Record<string, CommandNode>> = {
  volume: {
    summary: 'Manage volumes',
    section: 'Management Commands',
    commands: {
      inspect: {
        summary: 'Display detailed information on one or more volumes',
        load: async () => (await import('./inspect.ts')).volumeInspect,
      },
      list: { ...ls, summary: '' },
      ls,
    },
  },
};
