import { KNOWN_PORTS } from '../../sandbox/client/index.ts';
import { defineCommand, ExitError, noArguments } from '../command.ts';
import { printLine } from '../io.ts';
import { findSurroundings } from '../surroundings.ts';
import { listContainers } from './containers.ts';
import { findProject } from './project.ts';

/** `env`: what other programs need to work with the sandbox, for `eval "$(trustsandbox env)"`. */
export const env = defineCommand({
  usage: '',
  summary: 'Print the environment for other programs on this machine: eval "$(trustsandbox env)"',
  flags: {},
  arguments: noArguments,
  parse: () => undefined,
  async run(_, io) {
    const { project } = findProject(io).paths;
    const all = await listContainers(io);
    const services = all.filter(({ paths }) => paths.project === project).map(({ service }) => service);
    if (services.length === 0)
      throw new ExitError(1, `nothing runs in the project ${project}; trustsandbox up starts it`);
    const { dockerHost, dockerConfig, caBundle } = await findSurroundings({
      ...io,
      env: { ...io.env, TRUSTSANDBOX_PROJECT: project },
    });
    const notary = services.find(({ kind }) => kind === 'notary-server');
    const variables = {
      TRUSTSANDBOX_PROJECT: project,
      DOCKER_HOST: dockerHost,
      DOCKER_CONFIG: dockerConfig,
      SSL_CERT_FILE: caBundle,
      DOCKER_CONTENT_TRUST_SERVER: notary && `https://${notary.address}:${notary.port ?? KNOWN_PORTS['notary-server']}`,
    };
    for (const [name, value] of Object.entries(variables)) if (value) printLine(io.stdout, `export ${name}='${value}'`);
    return 0;
  },
});
