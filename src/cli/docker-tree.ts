import type { CommandGroup } from './command.ts';
import { imageCommands } from './image/tree.ts';
import { systemCommands } from './system/tree.ts';
import { trustCommands } from './trust/tree.ts';

export const containerLs = {
  summary: 'List containers',
  load: async () => (await import('./container/ls.ts')).containerLs,
};

/** docker's own commands: images, registries, trust. */
export const dockerCommands: CommandGroup['commands'] = {
  ...imageCommands,
  ...systemCommands,
  trust: trustCommands,
  ps: { ...containerLs, section: 'Common Commands' },
  container: {
    summary: 'Manage containers',
    section: 'Management Commands',
    commands: { ls: containerLs, list: { ...containerLs, summary: '' }, ps: { ...containerLs, summary: '' } },
  },
};
