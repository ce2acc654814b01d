import { packageVersion } from '../core/index.ts';
import { dockerCommands } from './docker-tree.ts';
import { applyFlags, flags } from './global-flags.ts';
import type { Program } from './run.ts';
import { fullTrustCommands } from './trust/tree.ts';
import { sandboxCommands } from './trustsandbox-tree.ts';

/** `trustsandbox`, as it is called on the host: docker's commands and the sandbox's own. */
export const trustsandboxProgram: Program = {
  version: packageVersion,
  root: {
    summary: 'Docker Content Trust without Docker: practise it, serve it, enforce it',
    commands: { ...dockerCommands, trust: fullTrustCommands, ...sandboxCommands },
    flags,
    applyFlags,
  },
};
