import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatModel } from '../../sandbox/index.ts';
import { anyArguments, defineCommand, ExitError } from '../command.ts';
import { printLine } from '../io.ts';
import { composeRequest, planProject } from './project.ts';

/** What can be listed in place of the whole. */
const LISTS = ['services', 'images', 'volumes', 'networks', 'profiles'] as const;

/** `compose config`: the project as it is understood. */
export const composeConfig = defineCommand({
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'Parse, resolve and render compose file in canonical format',
  aliases: ['compose config'],
  flags: {
    environment: { kind: 'boolean', help: 'Print environment used for interpolation.' },
    format: { kind: 'string', help: 'Format the output. Values: [yaml | json]' },
    images: { kind: 'boolean', help: 'Print the image names, one per line.' },
    networks: { kind: 'boolean', help: 'Print the network names, one per line.' },
    output: { kind: 'string', short: 'o', help: 'Save to file (default to stdout)' },
    profiles: { kind: 'boolean', help: 'Print the profile names, one per line.' },
    quiet: { kind: 'boolean', short: 'q', help: "Only validate the configuration, don't print anything" },
    services: { kind: 'boolean', help: 'Print the service names, one per line.' },
    volumes: { kind: 'boolean', help: 'Print the volume names, one per line.' },
  },
  arguments: anyArguments,
  parse(flags, services) {
    const { format = 'yaml', quiet = false, environment = false, output } = flags;
    if (format !== 'yaml' && format !== 'json')
      throw new ExitError(1, `unsupported format: ${format}: want yaml or json`);
    const list = LISTS.find((name) => flags[name]);
    return { format: format as 'yaml' | 'json', isQuiet: quiet, isEnvironment: environment, list, output, services };
  },
  async run({ format, isQuiet, isEnvironment, list, output, services }, io) {
    if (isEnvironment) {
      const variables = [...composeRequest(io, []).request.environment].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [name, value] of variables) printLine(io.stdout, `${name}=${value}`);
      return 0;
    }
    const { model } = planProject(io, { needsFile: true, services });
    const chosen = model.services.filter(({ name }) => services.length === 0 || services.includes(name));
    if (isQuiet) return 0;
    if (list) {
      const all = [...model.services, ...model.disabled];
      const names = {
        services: chosen.map(({ name }) => name),
        images: chosen.map(({ image = '' }) => image),
        volumes: model.volumes.map(({ name }) => name),
        networks: model.networks.map(({ name }) => name),
        profiles: [...new Set(all.flatMap(({ profiles }) => profiles))].sort(),
      }[list];
      for (const name of names) printLine(io.stdout, name);
      return 0;
    }
    const text = formatModel({ ...model, services: chosen }, format);
    if (output === undefined) io.stdout.write(text);
    else await writeFile(resolve(io.cwd, output), text);
    return 0;
  },
});
