import type { CommandGroup, CommandNode } from '../command.ts';
import { ownCommands, ownKeyCommands } from './own-tree.ts';

type Commands = CommandGroup['commands'];

/** Keys as docker has them. */
const keyCommands: Commands = {
  generate: {
    summary: 'Generate and load a signing key-pair',
    load: async () => (await import('./key-generate.ts')).keyGenerate,
  },
  load: {
    summary: 'Load a private key file for signing',
    load: async () => (await import('./key-load.ts')).keyLoad,
  },
};

/** `docker trust`, whose help is docker's: what is ours can be called and is not shown. */
export const trustCommands: CommandGroup = trustGroup(hideAll);

/** The same with ours in its help. */
export const fullTrustCommands: CommandGroup = trustGroup((commands) => commands);

function trustGroup(show: (commands: Commands) => Commands): CommandGroup {
  return {
    summary: 'Manage trust on Docker images',
    section: 'Management Commands',
    commands: {
      key: {
        summary: 'Manage keys for signing Docker images',
        section: 'Management Commands',
        commands: { ...keyCommands, ...show(ownKeyCommands) },
      },
      signer: {
        summary: 'Manage entities who can sign Docker images',
        section: 'Management Commands',
        commands: {
          add: { summary: 'Add a signer', load: async () => (await import('./signer-add.ts')).signerAdd },
          remove: { summary: 'Remove a signer', load: async () => (await import('./signer-remove.ts')).signerRemove },
        },
      },
      inspect: {
        summary: 'Return low-level information about keys and signatures',
        load: async () => (await import('./inspect.ts')).inspect,
      },
      revoke: { summary: 'Remove trust for an image', load: async () => (await import('./revoke.ts')).revoke },
      sign: { summary: 'Sign an image', load: async () => (await import('./sign.ts')).sign },
      ...show(ownCommands),
    },
  };
}

/** Help leaves out what has no summary. */
function hideAll(commands: Commands): Commands {
  const hide = (node: CommandNode): CommandNode => ({ ...node, summary: '' });
  return Object.fromEntries(Object.entries(commands).map(([name, node]) => [name, hide(node)]));
}
