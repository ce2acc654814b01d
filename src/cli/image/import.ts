import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseImageReference, ReferenceInvalidError } from '../../core/index.ts';
import { defineCommand, ExitError } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import type { Io } from '../io.ts';
import { showProgress } from '../progress.ts';

/** `image import`, and `import`: an image made of an archive of a file system. */
export const imageImport = defineCommand({
  usage: '[OPTIONS] file|URL|- [REPOSITORY[:TAG]]',
  summary: 'Import the contents from a tarball to create a filesystem image',
  aliases: ['image import', 'import'],
  flags: {
    change: { kind: 'list', short: 'c', help: 'Apply Dockerfile instruction to the created image' },
    message: { kind: 'string', short: 'm', help: 'Set commit message for imported image' },
    platform: { kind: 'string', help: 'Set platform if server is multi-platform capable' },
  },
  arguments: { min: 1, max: Number.POSITIVE_INFINITY },
  parse: ({ change = [], message, platform }, [source = '', name = '']) => ({
    source,
    name,
    changes: change,
    message,
    platform,
  }),
  async run({ source, name, changes, message, platform }, io) {
    const { fromSrc, archive } = await openSource(source, io);
    const { repository, tag } = splitName(name);
    await withEngine(io, async ({ engine }) => {
      const request = { fromSrc, repository, tag, changes, message, platform, signal: io.signal };
      await showProgress(engine.importImage(request, archive), io.stdout);
    });
    return 0;
  },
});

/** An archive from our input, a file of ours, or a URL that the Engine fetches. */
async function openSource(
  source: string,
  { stdin, cwd }: Io,
): Promise<{ fromSrc: string; archive?: AsyncIterable<Uint8Array> }> {
  if (source === '-') return { fromSrc: '-', archive: stdin.raw as AsyncIterable<Buffer> };
  if (/^https?:\/\//.test(source)) return { fromSrc: source };
  const path = resolve(cwd, source);
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new ExitError(1, `open ${source}: no such file or directory`);
  if (found.isDirectory()) throw new ExitError(1, `read ${source}: is a directory`);
  return { fromSrc: '-', archive: createReadStream(path, { highWaterMark: 256 * 1024 }) };
}

/** @throws {ExitError} it is no name */
function splitName(name: string): { repository: string; tag: string } {
  if (name === '') return { repository: '', tag: '' };
  try {
    parseImageReference(name);
    return { repository: name, tag: '' };
  } catch (cause) {
    if (!(cause instanceof ReferenceInvalidError)) throw cause;
    throw new ExitError(1, cause.message, { cause });
  }
}
