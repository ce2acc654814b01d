import type { CommandGroup } from './command.ts';
import { completionCommands } from './completion/tree.ts';
import { containerCommands } from './container/tree.ts';
import { contextCommands } from './context/tree.ts';
import { imageCommands } from './image/tree.ts';
import { manifestCommands } from './manifest/tree.ts';
import { networkCommands } from './network/tree.ts';
import { systemCommands } from './system/tree.ts';
import { trustCommands } from './trust/tree.ts';
import { volumeCommands } from './volume/tree.ts';

/** docker's own commands: images, containers, registries, trust. */
export const dockerCommands: CommandGroup['commands'] = {
  ...imageCommands,
  ...systemCommands,
  ...completionCommands,
  ...contextCommands,
  ...manifestCommands,
  ...networkCommands,
  ...volumeCommands,
  trust: trustCommands,
  ...containerCommands,
};
