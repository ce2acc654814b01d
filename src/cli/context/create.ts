import { type Command, defineCommand, ExitError, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { findSurroundings } from '../surroundings.ts';
import { contextValue, DEFAULT_CONTEXT, descriptionOf, readContext, writeContext } from './context-store.ts';
import { DEFAULT_DESCRIPTION, findContext } from './default-context.ts';
import { ENDPOINT_FLAG, ENDPOINT_HELP, endpointOf, readEndpoint } from './endpoint-settings.ts';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$/;

/** `context create`: a named way to an Engine. */
export const contextCreate: Command = defineCommand({
  usage: '[OPTIONS] CONTEXT',
  summary: `Create a context\n${ENDPOINT_HELP}
Example:

$ docker context create my-context --description "some description" --docker "host=tcp://myserver:2376,ca=~/ca-file,cert=~/cert-file,key=~/key-file"`,
  flags: {
    description: { kind: 'string', help: 'Description of the context' },
    docker: ENDPOINT_FLAG,
    from: { kind: 'string', help: 'create context from a named context' },
  },
  arguments: exactly(1),
  parse: ({ description, docker, from = '' }, [name = '']) => ({ name, description, docker, from }),
  async run({ name, description, docker, from }, io) {
    checkContextName(name);
    const surroundings = await findSurroundings(io);
    const { contextFolder } = surroundings;
    await checkContextIsNew(contextFolder, name);
    if (from !== '' && docker !== undefined) throw new ExitError(1, 'cannot use --docker flag when --from is set');
    if (docker !== undefined) {
      const endpoint = await readEndpoint(docker, surroundings, io);
      const value = contextValue(name, { ...endpoint, description: description ?? '' });
      await writeContext(contextFolder, { name, value }, endpoint.tls);
    } else {
      const source = await findContext(surroundings, from || surroundings.context.name);
      const known = source.name === DEFAULT_CONTEXT ? DEFAULT_DESCRIPTION : descriptionOf(source);
      const endpoint = await endpointOf(surroundings, source);
      const value = contextValue(name, { ...endpoint, description: description ?? known });
      await writeContext(contextFolder, { name, value }, endpoint.tls);
    }
    printLine(io.stdout, name);
    printLine(io.stderr, `Successfully created context ${JSON.stringify(name)}`);
    return 0;
  },
});

/** @throws {ExitError} in docker's words */
export function checkContextName(name: string): void {
  if (name === DEFAULT_CONTEXT) throw new ExitError(1, '"default" is a reserved context name');
  if (NAME.test(name)) return;
  throw new ExitError(
    1,
    `context name ${JSON.stringify(name)} is invalid, names are validated against regexp ${JSON.stringify(NAME.source)}`,
  );
}

/** @throws {ExitError} there is one of that name */
export async function checkContextIsNew(contextFolder: string, name: string): Promise<void> {
  const exists = await readContext(contextFolder, name).then(
    () => true,
    () => false,
  );
  if (exists) throw new ExitError(1, `context ${JSON.stringify(name)} already exists`);
}
