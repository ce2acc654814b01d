import type { CommandGroup } from '../command.ts';

const lists = (value: unknown): readonly string[] => (Array.isArray(value) ? value : []);
const action = (summary: string, name: 'Start' | 'Stop' | 'Restart' | 'Kill' | 'Pause' | 'Unpause') => ({
  summary,
  load: async () => (await import('./service-action.ts'))[`compose${name}`],
});

/** `compose`: the services of a compose file. Its flags become the variables that say the same. */
export const composeGroup: CommandGroup = {
  summary: 'Run the services of a compose file',
  section: 'Management Commands',
  flags: {
    'env-file': { kind: 'list', help: 'Specify an alternate environment file' },
    file: { kind: 'list', short: 'f', help: 'Compose configuration files' },
    profile: { kind: 'list', help: 'Specify a profile to enable' },
    'project-directory': {
      kind: 'string',
      help: 'Specify an alternate working directory (default: the path of the, first specified, Compose file)',
    },
    'project-name': { kind: 'string', short: 'p', help: 'Project name' },
  },
  applyFlags(flags, io) {
    const [files, profiles, envFiles] = [lists(flags.file), lists(flags.profile), lists(flags['env-file'])];
    const directory = flags['project-directory'];
    return {
      ...io,
      env: {
        ...io.env,
        ...(files.length > 0 && { COMPOSE_FILE: files.join('\n'), COMPOSE_PATH_SEPARATOR: '\n' }),
        ...(profiles.length > 0 && { COMPOSE_PROFILES: profiles.join(',') }),
        ...(envFiles.length > 0 && { COMPOSE_ENV_FILES: envFiles.join(',') }),
        ...(typeof directory === 'string' && { TRUSTSANDBOX_PROJECT_DIRECTORY: directory }),
        ...(typeof flags['project-name'] === 'string' && { COMPOSE_PROJECT_NAME: flags['project-name'] }),
      },
    };
  },
  commands: {
    config: {
      summary: 'Parse, resolve and render compose file in canonical format',
      load: async () => (await import('./config.ts')).composeConfig,
    },
    cp: {
      summary: 'Copy files/folders between a service container and the local filesystem',
      load: async () => (await import('./cp.ts')).composeCp,
    },
    down: {
      summary: 'Stop and remove containers, networks',
      load: async () => (await import('./down.ts')).composeDown,
    },
    exec: {
      summary: 'Execute a command in a running container',
      load: async () => (await import('./compose-exec.ts')).composeExec,
    },
    kill: action('Force stop service containers', 'Kill'),
    logs: { summary: 'View output from containers', load: async () => (await import('./logs.ts')).composeLogs },
    ls: { summary: 'List running compose projects', load: async () => (await import('./ls.ts')).composeLs },
    pause: action('Pause services', 'Pause'),
    port: {
      summary: 'Print the public port for a port binding',
      load: async () => (await import('./port.ts')).composePort,
    },
    ps: { summary: 'List containers', load: async () => (await import('./ps.ts')).composePs },
    restart: action('Restart service containers', 'Restart'),
    start: action('Start services', 'Start'),
    stop: action('Stop services', 'Stop'),
    top: { summary: 'Display the running processes', load: async () => (await import('./top.ts')).composeTop },
    unpause: action('Unpause services', 'Unpause'),
    up: { summary: 'Create and start containers', load: async () => (await import('./up.ts')).composeUp },
  },
};
