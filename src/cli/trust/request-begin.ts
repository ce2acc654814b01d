import { parseImageReference } from '../../core/index.ts';
import { beginRequest, firstRootKeyid, openRequest, type TrustRepository } from '../../trust/index.ts';
import { type PublicKey, ROOT, TARGETS } from '../../tuf/index.ts';
import { defineCommand, exactly, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { givenKeys, keyFlag } from './given-key.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { nextStep, printRequest } from './open-request-file.ts';
import { writeRequest } from './request-flag.ts';
import { openRepository, openTrustContext, type TrustContext } from './trust-context.ts';

export interface BeginningChoice {
  /** Root keys; the first that is here, or a new one, when empty. */
  readonly root: readonly string[];
  readonly rootThreshold: number;
  /** The repository's own keys; as many new ones as its threshold when empty. */
  readonly targets: readonly string[];
  readonly targetsThreshold: number;
}

/** `trust request begin`. */
export const requestBegin = defineCommand({
  usage: '[OPTIONS] FILE REPOSITORY',
  summary: 'Begin a repository by a request: root and repository keys may all be elsewhere',
  arguments: exactly(2),
  flags: {
    key: keyFlag("The repository's own key (one is made when there is none given)"),
    root: keyFlag('Root key, which others give as a certificate (trust key certificate)'),
    'root-threshold': { kind: 'string', value: 'N', help: 'How many root keys must sign (default 1)' },
    threshold: { kind: 'string', value: 'N', help: "How many of the repository's own keys must sign (default 1)" },
    ...PASSPHRASE_FLAGS,
  },
  parse({ key = [], root = [], 'root-threshold': rootThreshold, threshold, ...flags }, [file = '', image = '']) {
    const choice: BeginningChoice = {
      root,
      rootThreshold: parseThreshold(rootThreshold, '--root-threshold'),
      targets: key,
      targetsThreshold: parseThreshold(threshold, '--threshold'),
    };
    return { file, image, choice, passphrases: passphraseChoice(flags) };
  },
  async run({ file, image, choice, passphrases }, io) {
    await beginRepository(file, image, choice, await openTrustContext(io, passphrases));
    return 0;
  },
});

/** @throws {RequestInvalidError} the repository is there; {ThresholdUnreachableError | ContentTrustError} */
export async function beginRepository(
  file: string,
  image: string,
  { root, rootThreshold, targets, targetsThreshold }: BeginningChoice,
  context: TrustContext,
): Promise<void> {
  const { io } = context;
  const repository = await openRepository(context, parseImageReference(image));
  await using _ = await repository.lock();
  const rootKeys = await givenKeys(
    root.length > 0 ? root : [await firstRootKeyid(repository.keys)],
    ROOT,
    repository,
    io,
  );
  const ownKeys = await givenKeys(targets, TARGETS, repository, io);
  const beginning = {
    root: rootKeys,
    rootThreshold,
    targets: ownKeys.length > 0 ? ownKeys : await makeKeys(targetsThreshold, repository),
    targetsThreshold,
  };
  const publishing = await repository.publishContext();
  const request = await beginRequest(publishing, beginning);
  await writeRequest(file, request, io.cwd);
  const opened = await openRequest(publishing, request);
  await printRequest(opened, repository, context);
  printLine(io.stdout, `\nWrote a request to begin ${repository.gun} to ${file}\n${nextStep(opened, file)}`);
}

async function makeKeys(count: number, { gun, keys }: TrustRepository): Promise<readonly PublicKey[]> {
  const made: PublicKey[] = [];
  while (made.length < count) made.push(await keys.create({ role: TARGETS, gun }));
  return made;
}

/** @throws {UsageError} */
function parseThreshold(text = '1', name: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new UsageError(`${name}: ${JSON.stringify(text)} is no number of keys`);
  return Number(text);
}
