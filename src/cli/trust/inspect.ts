import { errorMessage, parseImageReference } from '../../core/index.ts';
import { atLeast, defineCommand, ExitError } from '../command.ts';
import { type Output, printLine } from '../io.ts';
import { formatTable } from '../table.ts';
import { withReason } from './explain-error.ts';
import { REPO_ADMIN, readSignatures, type Signatures } from './signatures.ts';
import { openRepository, openTrustContext, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';
import { EXTRA_TRUST_FLAGS, trustOptions } from './trust-flags.ts';

const SHORT_KEYID = 12;

/** `docker trust inspect`. */
export const inspect = defineCommand({
  usage: 'IMAGE[:TAG] [IMAGE[:TAG]...]',
  summary: 'Return low-level information about keys and signatures',
  arguments: atLeast(1),
  flags: {
    pretty: { kind: 'boolean', help: 'Print the information in a human friendly format' },
    ...EXTRA_TRUST_FLAGS,
  },
  parse: ({ pretty, ...flags }, images) => ({ isPretty: pretty ?? false, images, options: trustOptions(flags) }),
  run: async ({ isPretty, images, options }, io) =>
    inspectImages(images, isPretty, await openTrustContext(io, {}, options)),
});

/** Prints what it found, and then what it did not find. */
export async function inspectImages(
  images: readonly string[],
  isPretty: boolean,
  context: TrustContext,
): Promise<number> {
  return isPretty ? inspectPretty(images, context) : inspectJson(images, context);
}

async function inspectJson(images: readonly string[], context: TrustContext): Promise<number> {
  const { stdout } = context.io;
  const found: object[] = [];
  const problems: string[] = [];
  for (const image of images) {
    try {
      found.push(jsonOf(image, await read(image, context)));
    } catch (thrown) {
      throwIfInterrupted(context.io, thrown);
      problems.push(errorMessage(thrown));
    }
  }
  printLine(stdout, found.length === 0 ? '[]' : JSON.stringify(found, null, 4));
  if (problems.length > 0) throw new ExitError(1, problems.join('\n'));
  return 0;
}

async function inspectPretty(images: readonly string[], context: TrustContext): Promise<number> {
  const { stdout } = context.io;
  for (const [index, image] of images.entries()) {
    if (index > 0) stdout.write('\n\n');
    printPretty(image, await read(image, context), stdout);
  }
  return 0;
}

/** Whatever went wrong, docker says the same. @throws {ContentTrustError} */
async function read(image: string, context: TrustContext): Promise<Signatures> {
  const reference = parseImageReference(image);
  const repository = await openRepository(context, reference);
  try {
    return await readSignatures(repository, reference);
  } catch (cause) {
    const message = `no signatures or cannot access ${image}`;
    throw new ContentTrustError(await withReason(message, reference, cause, context), { cause });
  }
}

const keysOf = (keyids: readonly string[]) => keyids.map((ID) => ({ ID }));

function jsonOf(image: string, { tags, signers, rootKeyids, repositoryKeyids }: Signatures): object {
  return {
    Name: image,
    SignedTags: tags.map(({ tag, digest, signers: names }) => ({
      SignedTag: tag,
      Digest: digest,
      Signers: names.length > 0 ? names : [REPO_ADMIN],
    })),
    Signers: [...signers].reverse().map(({ name, keyids }) => ({ Name: name, Keys: keysOf(keyids) })),
    AdministrativeKeys: [
      { Name: 'Root', Keys: keysOf(rootKeyids) },
      { Name: 'Repository', Keys: keysOf(repositoryKeyids) },
    ],
  };
}

function printPretty(image: string, signatures: Signatures, out: Output): void {
  const { tags, signers, rootKeyids, repositoryKeyids } = signatures;
  printLine(out, `\n${tags.length > 0 ? 'Signatures' : 'No signatures'} for ${image}\n`);
  if (tags.length > 0) {
    const rows = tags.map(({ tag, digest, signers: names }) => [tag, digest, signerColumn(names)]);
    out.write(formatTable([['SIGNED TAG', 'DIGEST', 'SIGNERS'], ...rows]));
  }
  if (signers.length > 0) {
    printLine(out, `\nList of signers and their keys for ${image}\n`);
    const rows = signers.map(({ name, keyids }) => [name, shortKeyids(keyids)]);
    out.write(formatTable([['SIGNER', 'KEYS'], ...rows]));
  }
  printLine(out, `\nAdministrative keys for ${image}\n`);
  printLine(out, `  Repository Key:\t${[...repositoryKeyids].sort().join(', ')}`);
  printLine(out, `  Root Key:\t${[...rootKeyids].sort().join(', ')}`);
}

function signerColumn(names: readonly string[]): string {
  return names.length > 0 ? [...names].sort().join(', ') : `(${REPO_ADMIN})`;
}

function shortKeyids(keyids: readonly string[]): string {
  return [...keyids]
    .sort()
    .map((keyid) => keyid.slice(0, SHORT_KEYID))
    .join(', ');
}
