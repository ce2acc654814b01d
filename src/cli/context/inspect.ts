import { anyArguments, type Command, defineCommand } from '../command.ts';
import { memberOf } from '../docker-config.ts';
import { type Inspected, printInspected } from '../inspect-objects.ts';
import { OBJECT_FORMAT } from '../list-format.ts';
import { findSurroundings, type Surroundings } from '../surroundings.ts';
import { contextInspection } from '../template/types/context.ts';
import {
  ContextNotFoundError,
  contextPaths,
  DEFAULT_CONTEXT,
  descriptionOf,
  readContextTls,
  TLS_FILES,
} from './context-store.ts';
import { findContext } from './default-context.ts';

const IN_MEMORY = '<IN MEMORY>';

/** `context inspect`: contexts in full, the one in force unless any are named. */
export const contextInspect: Command = defineCommand({
  usage: '[OPTIONS] [CONTEXT] [CONTEXT...]',
  summary: 'Display detailed information on one or more contexts',
  flags: { format: OBJECT_FORMAT },
  arguments: anyArguments,
  parse: ({ format }, names) => ({ names, format }),
  async run({ names, format }, io) {
    const surroundings = await findSurroundings(io);
    const found: Inspected[] = [];
    const problems: string[] = [];
    for (const name of names.length === 0 ? [surroundings.context.name] : names) {
      try {
        found.push({ text: await listing(surroundings, name), type: contextInspection, isTypedOnly: true });
      } catch (thrown) {
        if (!(thrown instanceof ContextNotFoundError)) throw thrown;
        problems.push(thrown.message);
      }
    }
    return printInspected(io, found, problems, format);
  },
});

async function listing(surroundings: Surroundings, name: string): Promise<string> {
  const { contextFolder } = surroundings;
  const context = await findContext(surroundings, name);
  const isDefault = name === DEFAULT_CONTEXT;
  const paths = contextPaths(contextFolder, name);
  const texts = await Promise.all(TLS_FILES.map((file) => readContextTls(contextFolder, name, file)));
  const files = TLS_FILES.filter((_, i) => texts[i] !== undefined);
  const description = descriptionOf(context);
  return JSON.stringify({
    Name: name,
    Metadata: { ...memberOf(context.value, 'Metadata'), ...(description && { Description: description }) },
    Endpoints: memberOf(context.value, 'Endpoints'),
    TLSMaterial: files.length === 0 ? {} : { docker: files },
    Storage: {
      MetadataPath: isDefault ? IN_MEMORY : paths.metadata,
      TLSPath: isDefault ? IN_MEMORY : paths.tls,
    },
  });
}
