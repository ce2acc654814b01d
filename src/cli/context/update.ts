import { type Command, defineCommand, exactly } from '../command.ts';
import { memberOf } from '../docker-config.ts';
import { printLine } from '../io.ts';
import { findSurroundings } from '../surroundings.ts';
import { contextValue, descriptionOf, readContext, writeContext } from './context-store.ts';
import { checkContextName } from './create.ts';
import { ENDPOINT_FLAG, ENDPOINT_HELP, endpointOf, readEndpoint } from './endpoint-settings.ts';

/** `context update`: another description, or another Engine. */
export const contextUpdate: Command = defineCommand({
  usage: '[OPTIONS] CONTEXT',
  summary: `Update a context\n${ENDPOINT_HELP}
Example:

$ docker context update my-context --description "some description" --docker "host=tcp://myserver:2376,ca=~/ca-file,cert=~/cert-file,key=~/key-file"`,
  flags: {
    description: { kind: 'string', help: 'Description of the context' },
    docker: ENDPOINT_FLAG,
  },
  arguments: exactly(1),
  parse: ({ description, docker }, [name = '']) => ({ name, description, docker }),
  async run({ name, description, docker }, io) {
    checkContextName(name);
    const surroundings = await findSurroundings(io);
    const context = await readContext(surroundings.contextFolder, name);
    const endpoint =
      docker === undefined ? await endpointOf(surroundings, context) : await readEndpoint(docker, surroundings, io);
    const wanted = contextValue(name, { ...endpoint, description: description ?? descriptionOf(context) });
    const value = {
      ...context.value,
      Metadata: { ...memberOf(context.value, 'Metadata'), ...memberOf(wanted, 'Metadata') },
      Endpoints: { ...memberOf(context.value, 'Endpoints'), ...memberOf(wanted, 'Endpoints') },
    };
    await writeContext(surroundings.contextFolder, { name, value }, endpoint.tls);
    printLine(io.stdout, name);
    printLine(io.stderr, `Successfully updated context ${JSON.stringify(name)}`);
    return 0;
  },
});
