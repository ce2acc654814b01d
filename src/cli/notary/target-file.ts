import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type JsonObject, parseJson } from '../../core/index.ts';
import type { FileMeta } from '../../tuf/index.ts';
import { systemErrorText } from '../trust/key-name.ts';
import { NotaryCommandError } from './command.ts';

const ALGORITHMS = ['sha256', 'sha512'] as const;

/** Length and hashes of a file, read as a stream. @throws {NotaryCommandError} worded as Go words it */
export async function hashFile(path: string, cwd: string): Promise<Pick<FileMeta, 'length' | 'hashes'>> {
  const hashes = ALGORITHMS.map((name) => [name, createHash(name)] as const);
  let length = 0;
  try {
    for await (const chunk of createReadStream(resolve(cwd, path)) as AsyncIterable<Buffer>) {
      length += chunk.byteLength;
      for (const [, hash] of hashes) hash.update(chunk);
    }
  } catch (cause) {
    throw fileProblem(path, cause);
  }
  return { length, hashes: new Map(hashes.map(([name, hash]) => [name, hash.digest()])) };
}

/** What `--custom` adds to a target. @throws {NotaryCommandError} @throws {JsonMalformedError} */
export async function readCustom(path: string | undefined, cwd: string): Promise<JsonObject> {
  if (!path) return {};
  return { custom: parseJson(await readInput(path, cwd)) };
}

/** A whole file. @throws {NotaryCommandError} worded as Go words it */
export async function readInput(path: string, cwd: string): Promise<Buffer> {
  try {
    return await readFile(resolve(cwd, path));
  } catch (cause) {
    throw fileProblem(path, cause);
  }
}

function fileProblem(path: string, cause: unknown): NotaryCommandError {
  const verb = (cause as NodeJS.ErrnoException).code === 'EISDIR' ? 'read' : 'open';
  return new NotaryCommandError(`${verb} ${path}: ${systemErrorText(cause)}`, { cause });
}
