import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, stat, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { atLeast, defineCommand, ExitError } from '../command.ts';
import { withEngine } from '../engine-session.ts';

/** `save`: images as an archive, to a file or to stdout. */
export const save = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
  aliases: ['image save', 'save'],
  flags: {
    output: { kind: 'string', short: 'o', help: 'Write to a file, instead of STDOUT' },
    platform: {
      kind: 'string',
      help: 'Save only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    },
  },
  arguments: atLeast(1),
  parse: ({ output, platform }, names) => ({ names, output, platform }),
  async run({ names, output, platform }, io) {
    if (output === undefined && io.stdout.isTerminal) {
      throw new ExitError(1, 'cowardly refusing to save to a terminal. Use the -o flag or redirect');
    }
    if (output !== undefined) await checkFolder(output, io.cwd);
    await withEngine(io, async ({ engine }) => {
      const archive = engine.saveImages(names, { platform, signal: io.signal });
      if (output !== undefined) return writeWhole(resolve(io.cwd, output), archive);
      for await (const chunk of archive) await io.stdout.writeBytes(chunk);
    });
    return 0;
  },
});

async function checkFolder(output: string, cwd: string): Promise<void> {
  const folder = dirname(resolve(cwd, output));
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new ExitError(
      1,
      `failed to save image: invalid output path: stat ${dirname(output)}: no such file or directory`,
    );
  }
}

/** The file appears when it is whole. */
async function writeWhole(path: string, archive: AsyncIterable<Uint8Array>): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await pipeline(
      Readable.from(archive, { objectMode: false }),
      createWriteStream(draft, { flags: 'wx', mode: 0o600 }),
    );
    await rename(draft, path);
  } catch (thrown) {
    await unlink(draft).catch(() => undefined);
    throw thrown;
  }
}
