import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defineCommand, ExitError, noArguments } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import type { Io } from '../io.ts';
import { showProgress } from '../progress.ts';

/** `load`: images from an archive, of a file or from stdin. */
export const load = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Load an image from a tar archive or STDIN',
  aliases: ['image load', 'load'],
  flags: {
    input: { kind: 'string', short: 'i', help: 'Read from tar archive file, instead of STDIN' },
    platform: {
      kind: 'string',
      help: 'Load only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    },
    quiet: { kind: 'boolean', short: 'q', help: 'Suppress the load output' },
  },
  arguments: noArguments,
  parse: ({ input, platform, quiet = false }) => ({ input, platform, quiet }),
  async run({ input, platform, quiet }, io) {
    const archive = await openArchive(input, io);
    const isQuiet = quiet || !io.stdout.isTerminal;
    const options = { quiet: isQuiet, platform, signal: io.signal };
    await withEngine(io, ({ engine }) => showProgress(engine.loadImages(archive, options), io.stdout));
    return 0;
  },
});

async function openArchive(input: string | undefined, io: Io): Promise<AsyncIterable<Uint8Array>> {
  if (input === undefined) {
    if (!io.stdin.isTerminal) return io.stdin.raw as AsyncIterable<Buffer>;
    throw new ExitError(1, 'requested load from stdin, but stdin is empty');
  }
  const path = resolve(io.cwd, input);
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new ExitError(1, `open ${input}: no such file or directory`);
  if (found.isDirectory()) throw new ExitError(1, `read ${input}: is a directory`);
  return createReadStream(path, { highWaterMark: 256 * 1024 });
}
