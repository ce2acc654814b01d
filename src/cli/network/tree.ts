import type { CommandNode } from '../command.ts';

const ls = { summary: 'List networks', load: async () => (await import('./ls.ts')).networkLs };

/** docker's commands about networks: those of the sandbox can be looked at. */
export const networkCommands: Readonly<Record<string, CommandNode>> = {
  network: {
    summary: 'Manage networks',
    section: 'Management Commands',
    commands: {
      inspect: {
        summary: 'Display detailed information on one or more networks',
        load: async () => (await import('./inspect.ts')).networkInspect,
      },
      list: { ...ls, summary: '' },
      ls,
    },
  },
};
