import { DockerfileError, type DockerfileImage, listDockerfileImages } from '../../trust/index.ts';
import { UsageError } from '../command.ts';
import type { Io } from '../io.ts';
import { readPiped } from '../piped-input.ts';
import { ContentTrustError } from './trust-error.ts';
import { readBounded } from './trust-options.ts';

const MAX_BYTES = 10 * 1024 * 1024;

export const BUILD_ARG = {
  kind: 'list',
  value: 'NAME=VALUE',
  help: 'Set a build argument; without a value it is taken from the environment',
} as const;

/** Build arguments as `docker build` takes them. @throws {UsageError} */
export function parseBuildArguments(given: readonly string[], env: Io['env']): ReadonlyMap<string, string> {
  return new Map(
    given.flatMap((text) => {
      const [, name = '', equals, value = ''] = /^([A-Za-z_][A-Za-z0-9_]*)(=?)(.*)$/s.exec(text) ?? [];
      if (name === '') throw new UsageError(`--build-arg: ${JSON.stringify(text)} is not NAME=VALUE`);
      const found = equals ? value : env[name];
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
}

/** The images that a Dockerfile (`-` for stdin) is built from. @throws {ContentTrustError} it cannot be read */
export async function readDockerfile(
  path: string,
  buildArguments: ReadonlyMap<string, string>,
  io: Io,
): Promise<readonly DockerfileImage[]> {
  const text =
    path === '-' ? await readPiped(io) : (await readBounded(path, io.cwd, MAX_BYTES, 'Dockerfile')).toString();
  try {
    return listDockerfileImages(text, buildArguments);
  } catch (cause) {
    if (!(cause instanceof DockerfileError)) throw cause;
    throw new ContentTrustError(`${path}: ${cause.message}`, { cause });
  }
}
