import type { CommandNode } from '../command.ts';

/** docker's commands about manifests: what a registry has can be looked at. */
export const manifestCommands: Readonly<Record<string, CommandNode>> = {
  manifest: {
    summary: 'Manage Docker image manifests and manifest lists',
    section: 'Management Commands',
    commands: {
      inspect: {
        summary: 'Display an image manifest, or manifest list',
        load: async () => (await import('./inspect.ts')).manifestInspect,
      },
    },
  },
};
