import type { CommandGroup } from './command.ts';
import { containerCommands } from './container/tree.ts';
import { imageCommands } from './image/tree.ts';
import { systemCommands } from './system/tree.ts';
import { trustCommands } from './trust/tree.ts';

/** docker's own commands: images, containers, registries, trust. */
export const dockerCommands: CommandGroup['commands'] = {
  ...imageCommands,
  ...systemCommands,
  trust: trustCommands,
  ...containerCommands,
};
