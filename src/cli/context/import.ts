import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, defineCommand, ExitError, exactly } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { findSurroundings } from '../surroundings.ts';
import { MAX_ARCHIVE_BYTES, unpackContext } from './archive.ts';
import { writeContext } from './context-store.ts';
import { checkContextIsNew, checkContextName } from './create.ts';

/** `context import`: a context that was exported, under a name of its own. */
export const contextImport: Command = defineCommand({
  usage: 'CONTEXT FILE|-',
  summary: 'Import a context from a tar or zip file',
  flags: {},
  arguments: exactly(2),
  parse: (_, [name = '', file = '']) => ({ name, file }),
  async run({ name, file }, io) {
    checkContextName(name);
    const { contextFolder } = await findSurroundings(io);
    await checkContextIsNew(contextFolder, name);
    const { value, tls } = await unpackContext(await read(io, file));
    await writeContext(contextFolder, { name, value: { ...value, Name: name } }, tls);
    printLine(io.stdout, name);
    printLine(io.stderr, `Successfully imported context ${JSON.stringify(name)}`);
    return 0;
  },
});

async function read(io: Io, file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of await sourceOf(io, file)) {
    size += chunk.byteLength;
    if (size > MAX_ARCHIVE_BYTES) throw new ExitError(1, 'the archive is too large for a context');
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

async function sourceOf({ stdin, cwd }: Io, file: string): Promise<AsyncIterable<Uint8Array>> {
  if (file === '-') return stdin.raw as AsyncIterable<Buffer>;
  try {
    return (await open(resolve(cwd, file))).createReadStream() as AsyncIterable<Buffer>;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new ExitError(1, `open ${file}: no such file or directory`, { cause });
  }
}
