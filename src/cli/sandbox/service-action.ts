import { controlServices, findRestingRecord, type ServiceAction } from '../../sandbox/index.ts';
import { anyArguments, type Command, defineCommand } from '../command.ts';
import type { FlagSpecs } from '../flags.ts';
import { type Io, printLine } from '../io.ts';
import { findProject, planProject } from './project.ts';
import { chooseServices, getRunningProject } from './running-project.ts';
import { printServices } from './service-states.ts';
import { startDetached } from './start-project.ts';

const DONE: Readonly<Record<ServiceAction, string>> = {
  start: 'Started',
  stop: 'Stopped',
  restart: 'Started',
  kill: 'Killed',
  pause: 'Paused',
  unpause: 'Unpaused',
};

const STARTING: ReadonlySet<ServiceAction> = new Set(['start', 'restart']);

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
      if (await actOnResting(action, services, io)) return 0;
      const { paths, record } = await getRunningProject(io);
      const chosen = chooseServices(record, services);
      await controlServices(paths, action, services.length > 0 ? services : undefined);
      for (const { containerName } of chosen) printLine(io.stderr, ` ✔ Container ${containerName}  ${DONE[action]}`);
      return 0;
    },
  });
}

/** Whether it was all that is to be done: of a sandbox whose process is no more, services can be started, and are stopped. */
async function actOnResting(action: ServiceAction, services: readonly string[], io: Io): Promise<boolean> {
  if (!STARTING.has(action) && action !== 'stop') return false;
  const resting = await findRestingRecord(findProject(io).paths);
  if (!resting) return false;
  const chosen = chooseServices(resting, services);
  if (action === 'stop') return true;
  const project = planProject(io, { needsFile: false, services: chosen.map(({ name }) => name) });
  const { services: now } = await startDetached(
    project,
    { services: chosen.map(({ name }) => name), isStarting: true },
    io,
  );
  printServices(
    io,
    now.filter(({ state }) => state === 'running'),
    DONE[action],
  );
  return true;
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
