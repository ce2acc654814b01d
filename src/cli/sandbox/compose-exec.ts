import { atLeast, defineCommand } from '../command.ts';
import { enterBox } from './exec.ts';
import { chooseServices, getRunningProject } from './running-project.ts';

/** `compose exec`: a command in a service, in a terminal where there is one. */
export const composeExec = defineCommand({
  usage: '[OPTIONS] SERVICE COMMAND [ARGS...]',
  summary: 'Execute a command in a running container',
  aliases: ['compose exec'],
  flags: {
    detach: { kind: 'boolean', short: 'd', help: 'Detached mode: Run command in the background' },
    env: { kind: 'list', short: 'e', help: 'Set environment variables' },
    index: { kind: 'string', help: 'Index of the container if service has multiple replicas' },
    'no-tty': {
      kind: 'boolean',
      short: 'T',
      help: 'Disable pseudo-TTY allocation. By default `docker compose exec` allocates a TTY.',
    },
    interactive: { kind: 'boolean', short: 'i', help: 'Keep STDIN open even if not attached', hidden: true },
    tty: { kind: 'boolean', short: 't', help: 'Allocate a pseudo-TTY', hidden: true },
    privileged: { kind: 'boolean', help: 'Give extended privileges to the process' },
    user: { kind: 'string', short: 'u', help: 'Run the command as this user' },
    workdir: { kind: 'string', short: 'w', help: 'Path to workdir directory for this command' },
  },
  arguments: atLeast(2),
  stopAtArgument: true,
  parse: (flags, [service = '', ...command]) => ({ flags, service, command }),
  async run({ flags, service: name, command }, io) {
    const { record, paths } = await getRunningProject(io);
    const [service] = chooseServices(record, [name]);
    const isTerminal = io.stdin.isTerminal && io.stdout.isTerminal;
    const isDetached = flags.detach ?? false;
    const options = {
      container: service?.containerName ?? name,
      command,
      isDetached,
      detachKeys: undefined,
      environment: flags.env ?? [],
      environmentFiles: [],
      hasInput: !isDetached,
      isPrivileged: flags.privileged ?? false,
      hasTerminal: isTerminal && !flags['no-tty'] && !isDetached,
      user: flags.user ?? '',
      workingFolder: flags.workdir ?? '',
    };
    return enterBox(options, { ...io, env: { ...io.env, COMPOSE_PROJECT_NAME: paths.project } });
  },
});
