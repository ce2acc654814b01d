import { errorMessage, fullName, type ImageReference, parseImageReference, type Tag } from '../../core/index.ts';
import type { Change, SignedTarget, TrustRepository } from '../../trust/index.ts';
import { defineCommand, exactly, UsageError } from '../command.ts';
import { findCredentials, serverOf } from '../credentials.ts';
import { type EngineSession, withEngine } from '../engine-session.ts';
import { pushMessages, pushWitnesses } from '../image/push.ts';
import { type Io, printLine } from '../io.ts';
import { EXTRA_PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import type { ImageSource } from './image-source.ts';
import { EXTRA_REQUEST_FLAG, requestTo } from './request-flag.ts';
import { isReleased, releasedTags } from './signatures.ts';
import { ensureInitialized } from './signed-repository.ts';
import { openRepository, openTrustContext, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';
import { trustedPush } from './trusted-push.ts';

type TaggedReference = ImageReference & { readonly tag: Tag };

/** `docker trust sign`. */
export const sign = defineCommand({
  usage: 'IMAGE:TAG',
  summary: 'Sign an image',
  arguments: exactly(1),
  flags: {
    local: { kind: 'boolean', help: 'Sign a locally tagged image' },
    remote: { kind: 'boolean', hidden: true, help: 'Sign what the registry has under the tag, an index perhaps' },
    children: { kind: 'boolean', hidden: true, help: 'With --remote: sign each image of an index too' },
    digest: { kind: 'string', hidden: true, help: 'With --remote: what must be under the tag' },
    ...EXTRA_REQUEST_FLAG,
    ...EXTRA_PASSPHRASE_FLAGS,
  },
  parse({ local = false, remote = false, children = false, digest, request, ...flags }, [image = '']) {
    if (local && remote) throw new UsageError('--local and --remote are mutually exclusive');
    if (!remote && (children || digest !== undefined)) throw new UsageError('--children and --digest need --remote');
    const signing = remote ? { hasChildren: children, digest } : undefined;
    return { image, isLocal: local, remote: signing, request, passphrases: passphraseChoice(flags) };
  },
  async run({ image, isLocal, remote, request, passphrases }, io) {
    const context = requestTo(await openTrustContext(io, passphrases), request);
    await withEngine(io, async (session) => {
      if (!remote) return signImage(image, isLocal, context, sourceOf(session, io));
      const { registryOf } = await import('./remote-manifest.ts');
      const { signRemote } = await import('./sign-remote.ts');
      return signRemote(taggedReference(image), remote, registryOf(session, io), context);
    });
    return 0;
  },
});

/**
 * Signs a tag: what it was signed for before, by others perhaps; or, if it is not signed yet or `isLocal`, the local
 * image, which is pushed first. A repository without trust data is initialised, with the logged-in user as its signer.
 * @throws {ContentTrustError | EngineResponseError}
 */
export async function signImage(
  image: string,
  isLocal: boolean,
  context: TrustContext,
  source: ImageSource,
): Promise<void> {
  const { stderr } = context.io;
  const reference = taggedReference(image);
  const repository = await openRepository(context, reference);
  await ensureInitialized(image, reference, repository, context, source);
  const signed = await repository.listSignedTargets(reference.tag);
  const released = signed.find(({ role }) => isReleased(role));
  if (released && !isLocal) {
    await signAgain(image, reference, released, repository, context);
    return;
  }
  await source.inspectImage(image); // says so when there is no such image
  printLine(stderr, `Signing and pushing trust data for local image ${image}, may overwrite remote trust data`);
  const { witnesses } = source;
  await trustedPush(
    { reference, messages: await source.pushImage(reference), ...(witnesses && { witnesses }) },
    context,
  );
}

function sourceOf(session: EngineSession, io: Io): ImageSource {
  return {
    witnesses: pushWitnesses(session, io),
    inspectImage: (name) => session.engine.inspectImage(name),
    pushImage: (reference) => pushMessages(session, reference, io),
    findUsername: async (domain) => (await findCredentials(session.config, serverOf(domain)))?.username ?? '',
  };
}

/** @throws {ContentTrustError} no tag, or a digest */
function taggedReference(image: string): TaggedReference {
  const reference = parseImageReference(image);
  if (reference.digest) throw new ContentTrustError('cannot use a digest reference for IMAGE:TAG');
  if (!reference.tag) throw new ContentTrustError(`no tag specified for ${image}`);
  return { ...reference, tag: reference.tag };
}

async function signAgain(
  image: string,
  reference: TaggedReference,
  { file }: SignedTarget,
  repository: TrustRepository,
  { io, toRequest }: TrustContext,
): Promise<void> {
  const { tag } = reference;
  await using _ = await repository.lock();
  printLine(io.stdout, `Signing and pushing trust metadata for ${image}`);
  const [existing] = releasedTags(await repository.listSignedTargets(tag));
  try {
    const roles = await repository.listSignableRoles(tag);
    const signers = [...(existing?.signers ?? [])].sort().join(', ');
    printLine(io.stdout, `Existing signatures for tag ${tag} digest ${existing?.digest} from:\n${signers}`);
    await repository.publishChanges(roles.map((role): Change => ({ kind: 'add-target', role, name: tag, file })));
  } catch (cause) {
    throwIfInterrupted(io, cause);
    throw new ContentTrustError(`failed to sign ${fullName(reference)}:${tag}: ${errorMessage(cause)}`, { cause });
  }
  if (!toRequest) printLine(io.stdout, `Successfully signed ${fullName(reference)}:${tag}`);
}
