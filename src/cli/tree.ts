import type { CommandGroup } from './command.ts';

type Commands = CommandGroup['commands'];

/** docker's own commands: images, registries, trust. */
export const dockerCommands: Commands = {};

/** What only the sandbox has. */
export const sandboxCommands: Commands = {};
