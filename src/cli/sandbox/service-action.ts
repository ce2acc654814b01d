import { controlService, findRecord, type ServiceAction } from '../../sandbox/index.ts';
import { anyArguments, type Command, defineCommand, ExitError } from '../command.ts';
import { printLine } from '../io.ts';
import { findProject } from './project.ts';

const DONE: Readonly<Record<ServiceAction, string>> = { start: 'Started', stop: 'Stopped', restart: 'Started' };

/** `compose start|stop|restart [SERVICE...]`: all services when none is named. */
function serviceCommand(action: ServiceAction, summary: string): Command {
  return defineCommand({
    usage: '[SERVICE...]',
    summary,
    aliases: [`compose ${action}`],
    flags: {},
    arguments: anyArguments,
    parse: (_, services) => services,
    async run(services, io) {
      const { paths } = findProject(io);
      const record = await findRecord(paths);
      if (!record) throw new ExitError(1, `nothing runs in the project ${paths.project}; trustsandbox up starts it`);
      for (const name of services.length ? services : record.services.map((service) => service.name)) {
        await controlService(paths, name, action);
        printLine(
          io.stderr,
          ` ✔ Container ${record.services.find((service) => service.name === name)?.containerName}  ${DONE[action]}`,
        );
      }
      return 0;
    },
  });
}

export const composeStart = serviceCommand('start', 'Start services');
export const composeStop = serviceCommand('stop', 'Stop services');
export const composeRestart = serviceCommand('restart', 'Restart service containers');
