import { packageVersion } from '../core/index.ts';
import { dockerCommands } from './docker-tree.ts';
import { applyFlags, flags } from './global-flags.ts';
import type { Program } from './run.ts';

/** `docker`, as it is called in a box: docker's own commands and nothing else. */
export const dockerProgram: Program = {
  version: `28.2.2, build trustsandbox-${packageVersion}`,
  root: { summary: 'Images with content trust, without Docker', commands: dockerCommands, flags, applyFlags },
};
