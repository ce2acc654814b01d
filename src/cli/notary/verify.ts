import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errorMessage } from '../../core/index.ts';
import {
  ChecksumMismatchError,
  ChecksumMissingError,
  type FileMeta,
  parseGun,
  verifyFileMeta,
} from '../../tuf/index.ts';
import type { Io } from '../io.ts';
import { defineNotaryCommand, NotaryCommandError, NotaryUsageError } from './command.ts';
import { openCollection, openNotary } from './context.ts';
import { readInput } from './target-file.ts';

const MAX_INPUT_BYTES = 1024 * 1024 * 1024;
const FILE_MODE = 0o600;

/** `notary verify`. */
export const verify = defineNotaryCommand({
  usage: 'verify [ GUN ] <target>',
  long: 'Reads content from stdin and passes it on if it is what the target of a collection names; else it fails.',
  flags: {
    input: { kind: 'string', short: 'i', help: 'File to read, instead of stdin' },
    output: { kind: 'string', short: 'o', help: 'File to write, instead of stdout' },
    quiet: { kind: 'boolean', short: 'q', help: 'Write nothing' },
  },
  async run({ input, output, quiet }, [gun, name], call) {
    if (gun === undefined || name === undefined) throw new NotaryUsageError('Must specify a GUN and target');
    const context = await openNotary(call);
    const { io } = context;
    const content = input ? await readInput(input, io.cwd) : await readStdin(io);
    const repository = await openCollection(context, parseGun(gun), 'read');
    const { file } = await repository.getTarget(name).catch((cause: unknown) => {
      throw new NotaryCommandError(`error retrieving target by name:${name}, error:${errorMessage(cause)}`, { cause });
    });
    verifyContent(name, content, file);
    if (quiet) return;
    if (output) await writeFile(resolve(io.cwd, output), content, { mode: FILE_MODE });
    else await io.stdout.writeBytes(content);
  },
});

/** @throws {NotaryCommandError} */
function verifyContent(name: string, content: Buffer, file: FileMeta): void {
  try {
    verifyFileMeta(name, content, file);
  } catch (cause) {
    if (!(cause instanceof ChecksumMismatchError || cause instanceof ChecksumMissingError)) throw cause;
    throw new NotaryCommandError(`data not present in the trusted collection, ${cause.message}`, { cause });
  }
}

/** @throws {NotaryCommandError} more than 1 GiB: it is all kept until it is verified */
async function readStdin({ stdin }: Io): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin.raw as AsyncIterable<Buffer | string>) {
    size += chunk.length;
    if (size > MAX_INPUT_BYTES) throw new NotaryCommandError('error reading content from STDIN: more than 1 GiB');
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}
