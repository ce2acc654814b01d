import { anyArguments, type Command, defineCommand, ExitError } from '../command.ts';
import { readDockerConfig, writeDockerConfig } from '../docker-config.ts';
import { printLine } from '../io.ts';
import { findSurroundings } from '../surroundings.ts';
import { DEFAULT_CONTEXT } from './context-store.ts';
import { findContext } from './default-context.ts';
import { overrideWarning } from './override-warning.ts';

/** `context use`: the context for commands from now on. */
export const contextUse: Command = defineCommand({
  usage: 'CONTEXT',
  summary: 'Set the current docker context',
  flags: {},
  arguments: anyArguments,
  parse(_, [name = '', ...more]) {
    const count = name === '' ? 0 : 1 + more.length;
    if (count !== 1) throw new ExitError(1, `accepts 1 arg(s), received ${count}`);
    return { name };
  },
  async run({ name }, io) {
    const surroundings = await findSurroundings(io);
    await findContext(surroundings, name);
    await setCurrentContext(surroundings.contextFolder, name);
    printLine(io.stdout, name);
    printLine(io.stderr, `Current context is now ${JSON.stringify(name)}`);
    const warning = name === DEFAULT_CONTEXT ? undefined : overrideWarning(surroundings, JSON.stringify(name));
    if (warning !== undefined) printLine(io.stderr, warning);
    return 0;
  },
});

/** Writes nothing where nothing changes. */
export async function setCurrentContext(folder: string, name: string): Promise<void> {
  const config = await readDockerConfig(folder);
  const { currentContext, ...others } = config.value;
  const wanted = name === DEFAULT_CONTEXT ? undefined : name;
  if (currentContext === wanted) return;
  await writeDockerConfig({ ...config, value: { ...others, ...(wanted !== undefined && { currentContext: wanted }) } });
}
