import { packageVersion } from '../core/index.ts';
import type { CommandGroup } from './command.ts';
import { dockerCommands } from './docker-tree.ts';
import type { FlagSpecs } from './flags.ts';
import type { Program } from './run.ts';

export const flags = {
  config: { kind: 'string', help: 'Location of client config files (default "~/.docker")' },
  host: { kind: 'string', short: 'H', help: 'Daemon socket to connect to' },
} as const satisfies FlagSpecs;

export const applyFlags: NonNullable<CommandGroup['applyFlags']> = ({ config, host }, io) => ({
  ...io,
  env: {
    ...io.env,
    ...(typeof config === 'string' && { DOCKER_CONFIG: config }),
    ...(typeof host === 'string' && { DOCKER_HOST: host }),
  },
});

/** `docker`, as it is called in a box: docker's own commands and nothing else. */
export const dockerProgram: Program = {
  version: `28.2.2, build trustsandbox-${packageVersion}`,
  root: { summary: 'Images with content trust, without Docker', commands: dockerCommands, flags, applyFlags },
};
