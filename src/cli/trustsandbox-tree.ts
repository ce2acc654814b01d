import type { CommandGroup } from './command.ts';
import { containerGroup } from './container/tree.ts';
import { lessonCommands } from './lesson/tree.ts';
import { notaryServerCommands } from './notary-server/tree.ts';
import { registryCommands } from './registry/tree.ts';
import { composeGroup } from './sandbox/compose-tree.ts';
import { sandboxGroups } from './sandbox/tree.ts';
import { serveCommands } from './serve/tree.ts';
import { signerCommands } from './signer/tree.ts';

const exec = {
  summary: 'Execute a command in a running container',
  load: async () => (await import('./sandbox/exec.ts')).sandboxExec,
};

/** What only the sandbox has, or does in its own way. */
export const sandboxCommands: CommandGroup['commands'] = {
  up: {
    summary: 'Start a sandbox',
    section: 'Sandbox Commands',
    load: async () => (await import('./sandbox/up.ts')).sandboxUp,
  },
  down: {
    summary: 'Stop a sandbox; -v removes all it kept',
    section: 'Sandbox Commands',
    load: async () => (await import('./sandbox/down.ts')).composeDown,
  },
  env: {
    summary: 'Print the environment for other programs on this machine',
    section: 'Sandbox Commands',
    load: async () => (await import('./sandbox/env.ts')).env,
  },
  walkthrough: {
    summary: 'Play the walk-through: signed push, trusted pull, tampered image refused',
    section: 'Sandbox Commands',
    load: async () => (await import('./sandbox/walkthrough.ts')).walkthrough,
  },
  lesson: lessonCommands,
  daemon: { summary: '', load: async () => (await import('./sandbox/daemon.ts')).daemon },
  exec: { ...exec, section: 'Common Commands' },
  container: { ...containerGroup, commands: { ...containerGroup.commands, exec } },
  notary: {
    summary: "notary's commands on any trust server",
    section: 'Management Commands',
    loadProgram: async () => (await import('./notary/program.ts')).runNotary,
  },
  serve: serveCommands,
  registry: registryCommands,
  'notary-server': notaryServerCommands,
  signer: signerCommands,
  compose: composeGroup,
  ...sandboxGroups,
};
