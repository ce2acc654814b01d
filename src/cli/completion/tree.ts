import type { CommandNode } from '../command.ts';

/** Scripts for shells, which ask us (`__complete`) what may come next. */
export const completionCommands: Readonly<Record<string, CommandNode>> = {
  completion: {
    summary: 'Generate the autocompletion script for the specified shell',
    section: 'Commands',
    commands: {
      bash: {
        summary: 'Generate the autocompletion script for bash',
        load: async () => (await import('./script-commands.ts')).completionBash,
      },
      fish: {
        summary: 'Generate the autocompletion script for fish',
        load: async () => (await import('./script-commands.ts')).completionFish,
      },
      zsh: {
        summary: 'Generate the autocompletion script for zsh',
        load: async () => (await import('./script-commands.ts')).completionZsh,
      },
    },
  },
};
