import { defineCommand, ExitError, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { chooseServices, getRunningProject } from './running-project.ts';

/** `compose port`: where a port of a service is on this machine. */
export const composePort = defineCommand({
  usage: '[OPTIONS] SERVICE PRIVATE_PORT',
  summary: 'Print the public port for a port binding',
  aliases: ['compose port'],
  flags: {
    index: { kind: 'string', help: 'Index of the container if service has multiple replicas' },
    protocol: { kind: 'string', help: 'tcp or udp (default "tcp")' },
  },
  arguments: exactly(2),
  parse({ protocol = 'tcp' }, [service = '', port = '']) {
    if (!/^\d{1,5}$/.test(port)) throw new ExitError(1, `${JSON.stringify(port)} is no port`);
    return { service, port: Number(port), protocol };
  },
  async run({ service: name, port, protocol }, io) {
    const { record } = await getRunningProject(io);
    const [service] = chooseServices(record, [name]);
    const found = service?.published.find(({ target }) => target === port);
    const isOwn = service?.port !== undefined && (service.knownPort ?? service.port) === port;
    if (protocol === 'tcp' && found) printLine(io.stdout, `${found.host}:${found.published}`);
    else if (protocol === 'tcp' && isOwn) printLine(io.stdout, `${service.address}:${service.port}`);
    else throw new ExitError(1, `no port ${port}/${protocol} for container ${service?.containerName}`);
    return 0;
  },
});
