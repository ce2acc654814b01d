import { anyArguments, defineCommand, UsageError } from '../command.ts';
import { listContainers } from './containers.ts';
import { followLogs, printLogs } from './log-lines.ts';
import { findProject } from './project.ts';

/** `compose logs`: what the services logged. */
export const composeLogs = defineCommand({
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'View output from containers',
  aliases: ['compose logs'],
  flags: {
    follow: { kind: 'boolean', short: 'f', help: 'Follow log output' },
    tail: {
      kind: 'string',
      short: 'n',
      help: 'Number of lines to show from the end of the logs for each container (default "all")',
    },
  },
  arguments: anyArguments,
  parse({ follow = false, tail = 'all' }, services) {
    if (tail !== 'all' && !/^\d+$/.test(tail)) throw new UsageError(`invalid value for --tail: ${tail}`);
    return { follows: follow, tail: tail === 'all' ? undefined : Number(tail), services };
  },
  async run({ follows, tail, services }, io) {
    const { project } = findProject(io).paths;
    const all = (await listContainers(io))
      .filter(({ paths }) => paths.project === project)
      .map(({ service }) => service);
    const unknown = services.find((name) => !all.some((service) => service.name === name));
    if (unknown !== undefined) throw new UsageError(`no such service: ${unknown}`);
    const chosen = services.length ? all.filter(({ name }) => services.includes(name)) : all;
    if (follows) await followLogs(chosen, io.stdout, io.signal);
    else await printLogs(chosen, io.stdout, tail);
    return 0;
  },
});
