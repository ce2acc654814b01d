import { defineCommand, noArguments } from '../command.ts';
import { printLine } from '../io.ts';
import { formatTable } from '../table.ts';
import { type Container, listContainers } from './containers.ts';
import { findProject } from './project.ts';

const HEADINGS = ['NAME', 'IMAGE', 'SERVICE', 'STATUS', 'ADDRESS'] as const;

/** `compose ps`: what runs in this project, and where. */
export const composePs = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List containers',
  aliases: ['compose ps'],
  flags: {
    format: { kind: 'string', help: 'Format output: table or json' },
    quiet: { kind: 'boolean', short: 'q', help: 'Only display IDs' },
  },
  arguments: noArguments,
  parse: ({ format = 'table', quiet = false }) => ({ format, quiet }),
  async run({ format, quiet }, io) {
    const { project } = findProject(io).paths;
    const containers = (await listContainers(io)).filter(({ paths }) => paths.project === project);
    if (quiet) for (const { service } of containers) printLine(io.stdout, service.containerId);
    else if (format === 'json')
      for (const container of containers) printLine(io.stdout, JSON.stringify(summary(container)));
    else io.stdout.write(formatTable([HEADINGS, ...containers.map((container) => Object.values(summary(container)))]));
    return 0;
  },
});

function summary({ service }: Container) {
  const { engineSocket, address, port } = service;
  return {
    Name: service.containerName,
    Image: service.image,
    Service: service.name,
    State: service.state,
    Address: engineSocket ? `unix://${engineSocket}` : port ? `${address}:${port}` : '',
  };
}
