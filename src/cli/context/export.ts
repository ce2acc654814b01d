import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, defineCommand, ExitError } from '../command.ts';
import { printLine } from '../io.ts';
import { findSurroundings } from '../surroundings.ts';
import { packContext } from './archive.ts';
import { DEFAULT_CONTEXT, readContext } from './context-store.ts';
import { checkContextName } from './create.ts';
import { endpointOf } from './endpoint-settings.ts';

/** `context export`: a context with its certificates, as a tar archive. */
export const contextExport: Command = defineCommand({
  usage: '[OPTIONS] CONTEXT [FILE|-]',
  summary: 'Export a context to a tar archive FILE or a tar stream on STDOUT.',
  flags: {},
  arguments: { min: 1, max: 2 },
  parse: (_, [name = '', file]) => ({ name, file: file ?? `${name}.dockercontext` }),
  async run({ name, file }, io) {
    if (name !== DEFAULT_CONTEXT) checkContextName(name);
    const surroundings = await findSurroundings(io);
    const context = await readContext(surroundings.contextFolder, name);
    const archive = await packContext(context, (await endpointOf(surroundings, context)).tls);
    if (file === '-') {
      if (io.stdout.isTerminal)
        throw new ExitError(1, 'cowardly refusing to export to a terminal, specify a file path');
      await io.stdout.writeBytes(archive);
      return 0;
    }
    await writeNew(resolve(io.cwd, file), file, archive);
    printLine(io.stderr, `Written file ${JSON.stringify(file)}`);
    return 0;
  },
});

/** Never over a file that is there: it may have somebody's keys. */
async function writeNew(path: string, shown: string, bytes: Uint8Array): Promise<void> {
  try {
    const handle = await open(path, 'wx', 0o600);
    await handle.writeFile(bytes);
    await handle.close();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new ExitError(1, `open ${shown}: file exists`, { cause });
  }
}
