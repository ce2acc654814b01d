import type { CommandNode } from '../command.ts';

const ls = { summary: 'List contexts', load: async () => (await import('./ls.ts')).contextLs };
const rm = { summary: 'Remove one or more contexts', load: async () => (await import('./rm.ts')).contextRm };

/** docker's commands about contexts: named ways to Engines. */
export const contextCommands: Readonly<Record<string, CommandNode>> = {
  context: {
    summary: 'Manage contexts',
    section: 'Management Commands',
    commands: {
      create: { summary: 'Create a context', load: async () => (await import('./create.ts')).contextCreate },
      export: {
        summary: 'Export a context to a tar archive FILE or a tar stream on STDOUT.',
        load: async () => (await import('./export.ts')).contextExport,
      },
      import: {
        summary: 'Import a context from a tar or zip file',
        load: async () => (await import('./import.ts')).contextImport,
      },
      inspect: {
        summary: 'Display detailed information on one or more contexts',
        load: async () => (await import('./inspect.ts')).contextInspect,
      },
      list: { ...ls, summary: '' },
      ls,
      remove: { ...rm, summary: '' },
      rm,
      show: {
        summary: 'Print the name of the current context',
        load: async () => (await import('./show.ts')).contextShow,
      },
      update: { summary: 'Update a context', load: async () => (await import('./update.ts')).contextUpdate },
      use: { summary: 'Set the current docker context', load: async () => (await import('./use.ts')).contextUse },
    },
  },
};
