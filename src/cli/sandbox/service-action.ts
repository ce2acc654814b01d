import { controlServices, type ServiceAction } from '../../sandbox/index.ts';
import { anyArguments, type Command, defineCommand } from '../command.ts';
import type { FlagSpecs } from '../flags.ts';
import { printLine } from '../io.ts';
import { chooseServices, getRunningProject } from './running-project.ts';

const DONE: Readonly<Record<ServiceAction, string>> = {
  start: 'Started',
  stop: 'Stopped',
  restart: 'Started',
  kill: 'Killed',
  pause: 'Paused',
  unpause: 'Unpaused',
};

const timeout = { kind: 'string', short: 't', help: 'Specify a shutdown timeout in seconds' } as const;

/** `compose start|stop|… [SERVICE...]`: all services when none is named. */
function serviceCommand(action: ServiceAction, summary: string, flags: FlagSpecs = {}): Command {
  return defineCommand({
    usage: '[OPTIONS] [SERVICE...]',
    summary,
    aliases: [`compose ${action}`],
    flags,
    arguments: anyArguments,
    parse: (_, services) => services,
    async run(services, io) {
      const { paths, record } = await getRunningProject(io);
      const chosen = chooseServices(record, services);
      await controlServices(paths, action, services.length > 0 ? services : undefined);
      for (const { containerName } of chosen) printLine(io.stderr, ` ✔ Container ${containerName}  ${DONE[action]}`);
      return 0;
    },
  });
}

export const composeStart = serviceCommand('start', 'Start services');
export const composeStop = serviceCommand('stop', 'Stop services', { timeout });
export const composeRestart = serviceCommand('restart', 'Restart service containers', {
  timeout,
  'no-deps': { kind: 'boolean', help: "Don't restart dependent services" },
});
/** Services are parts of one process: they end at once whatever the signal. */
export const composeKill = serviceCommand('kill', 'Force stop service containers', {
  signal: { kind: 'string', short: 's', help: 'SIGNAL to send to the container' },
});
export const composePause = serviceCommand('pause', 'Pause services');
export const composeUnpause = serviceCommand('unpause', 'Unpause services');
