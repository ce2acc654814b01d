import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fullName, type ImageReference, parseImageReference, type Tag } from '../../core/index.ts';
import {
  formatTrustLock,
  type LockedCollection,
  listLockDifferences,
  lockCollectionState,
  type TrustLock,
} from '../../trust/index.ts';
import { type Gun, parseGun } from '../../tuf/index.ts';
import { anyArguments, defineCommand, ExitError, UsageError } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { BUILD_ARG, parseBuildArguments, readDockerfile } from './dockerfile-input.ts';
import { explainTrustError } from './explain-error.ts';
import { findSignedTarget } from './signed-image.ts';
import { openRepository, openTrustContext, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';
import { TRUST_FLAGS, trustOptions } from './trust-flags.ts';
import { readTrustLock } from './trust-options.ts';
import { writeWhole } from './write-whole.ts';

const { lock: _, ...FLAGS } = TRUST_FLAGS;
const DEFAULT_FILE = 'trust-lock.json';

/** `trust lock`. */
export const lock = defineCommand({
  usage: '[OPTIONS] [IMAGE...]',
  summary: 'Write down the root keys, versions and digests that a project relies on, or check them',
  arguments: anyArguments,
  flags: {
    'accept-root': { kind: 'boolean', help: 'Let the root key of a collection be another one than is written down' },
    'build-arg': BUILD_ARG,
    check: { kind: 'boolean', help: 'Change nothing; exit with 1 where something is not as it is written down' },
    file: { kind: 'list', short: 'f', value: 'DOCKERFILE', help: 'The images that this Dockerfile is built from' },
    output: { kind: 'string', short: 'o', value: 'FILE', help: `The lockfile (default "${DEFAULT_FILE}")` },
    ...FLAGS,
  },
  parse({ file = [], output = DEFAULT_FILE, check = false, ...flags }, images) {
    if (check && flags['accept-root']) throw new UsageError('--check and --accept-root are mutually exclusive');
    return {
      images,
      dockerfiles: file,
      output,
      isCheck: check,
      isRootAccepted: flags['accept-root'] ?? false,
      given: flags['build-arg'] ?? [],
      options: trustOptions(flags),
    };
  },
  async run({ images, dockerfiles, given, options, ...request }, io) {
    const named = await Promise.all(
      dockerfiles.map((path) => readDockerfile(path, parseBuildArguments(given, io.env), io)),
    );
    const all = [...images, ...named.flat().map(({ image }) => image)];
    return lockImages({ images: all, ...request }, await openTrustContext(io, {}, options));
  },
});

interface LockRequest {
  /** Those that are written down already, when empty. */
  readonly images: readonly string[];
  readonly output: string;
  readonly isCheck: boolean;
  readonly isRootAccepted: boolean;
}

/** Resolves to the exit status. @throws {ContentTrustError | LockInvalidError | ExitError} */
export async function lockImages(request: LockRequest, context: TrustContext): Promise<number> {
  const { io } = context;
  const { images, output, isCheck, isRootAccepted } = request;
  const known = (await isThere(output, io)) ? await readTrustLock(output, io) : new Map<Gun, LockedCollection>();
  const wanted = images.length > 0 ? byCollection(images.map(parseImageReference)) : lockedImages(known);
  if (wanted.size === 0) throw new UsageError(`name an image: ${output} has none`);
  const next = new Map(known);
  const differences: string[] = [];
  for (const [gun, references] of wanted) {
    const now = await currentState(references, context);
    const before = known.get(gun);
    if (before) differences.push(...listLockDifferences(gun, restrict(before, now), now));
    else differences.push(`${gun} was not locked`);
    const isRootNew = before && before.rootKeys.join() !== now.rootKeys.join();
    if (isRootNew && !isRootAccepted && !isCheck) {
      throw new ContentTrustError(`${differences.at(-1)}; --accept-root takes it`);
    }
    next.set(gun, { ...now, tags: new Map([...(before?.tags ?? []), ...now.tags]) });
  }
  if (isCheck) return report(differences, output, io);
  await writeWhole(resolve(io.cwd, output), formatTrustLock(next));
  for (const difference of differences) printLine(io.stdout, difference);
  printLine(io.stdout, `Wrote ${output}`);
  return 0;
}

/** A check of some images says nothing of the others. */
function restrict(before: LockedCollection, now: LockedCollection): LockedCollection {
  return { ...before, tags: new Map([...before.tags].filter(([tag]) => now.tags.has(tag))) };
}

function report(differences: readonly string[], output: string, io: Io): number {
  if (differences.length > 0) throw new ExitError(1, [...differences, `${output} does not hold`].join('\n'));
  printLine(io.stdout, `${output} holds`);
  return 0;
}

async function currentState(references: readonly ImageReference[], context: TrustContext): Promise<LockedCollection> {
  const [first] = references;
  if (!first) throw new TypeError('a collection without images');
  try {
    const repository = await openRepository(context, first);
    let state: LockedCollection | undefined;
    await repository.select((collection) => {
      const found = references.map((reference) => findSignedTarget(collection, reference));
      state = lockCollectionState(collection, found);
      return found;
    });
    if (!state) throw new TypeError('a selection that does not throw has found something');
    return state;
  } catch (cause) {
    throwIfInterrupted(context.io, cause);
    throw new ContentTrustError(await explainTrustError(first, cause, context), { cause });
  }
}

function byCollection(references: readonly ImageReference[]): ReadonlyMap<Gun, readonly ImageReference[]> {
  const found = new Map<Gun, ImageReference[]>();
  for (const reference of references) {
    const gun = parseGun(fullName(reference));
    found.set(gun, [...(found.get(gun) ?? []), reference]);
  }
  return found;
}

function lockedImages(lock: TrustLock): ReadonlyMap<Gun, readonly ImageReference[]> {
  const images = [...lock].flatMap(([gun, { tags }]) =>
    [...tags.keys()].map((tag): ImageReference => ({ ...parseImageReference(gun), tag: tag as Tag })),
  );
  return byCollection(images);
}

async function isThere(path: string, { cwd }: Pick<Io, 'cwd'>): Promise<boolean> {
  return (await stat(resolve(cwd, path)).catch(() => undefined)) !== undefined;
}
