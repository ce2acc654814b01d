import type { CommandGroup } from './command.ts';
import type { FlagSpecs } from './flags.ts';
import type { Program } from './run.ts';
import { dockerCommands, sandboxCommands } from './tree.ts';
import { version } from './version.ts';

const globals = {
  config: { kind: 'string', help: 'Location of client config files (default "~/.docker")' },
  host: { kind: 'string', short: 'H', help: 'Daemon socket to connect to' },
} as const satisfies FlagSpecs;

const withGlobals: Program['withGlobals'] = ({ config, host }, io) => ({
  ...io,
  env: {
    ...io.env,
    ...(typeof config === 'string' && { DOCKER_CONFIG: config }),
    ...(typeof host === 'string' && { DOCKER_HOST: host }),
  },
});

const group = (commands: CommandGroup['commands']): CommandGroup => ({ summary: '', commands });

/** `docker`, as it is called in a box: docker's own commands and nothing else. */
export const dockerProgram: Program = {
  summary: 'Images with content trust, without Docker',
  version: `28.2.2, build trustsandbox-${version}`,
  root: group(dockerCommands),
  globals,
  withGlobals,
};

/** `trustsandbox`, as it is called on the host: docker's commands and the sandbox's own. */
export const trustsandboxProgram: Program = {
  summary: 'Docker Content Trust without Docker: practise it, serve it, enforce it',
  version,
  root: group({ ...dockerCommands, ...sandboxCommands }),
  globals,
  withGlobals,
};
