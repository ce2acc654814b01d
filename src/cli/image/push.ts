import { familiarName, formatReference, type ImageReference } from '../../core/index.ts';
import { defineCommand, ExitError, exactly } from '../command.ts';
import { registryAuth } from '../credentials.ts';
import { type EngineSession, withEngine } from '../engine-session.ts';
import { type Io, printLine } from '../io.ts';
import { type StreamMessage, showProgress } from '../progress.ts';
import { isContentTrustOn } from '../trust/content-trust.ts';
import { EXTRA_PASSPHRASE_FLAGS, type PassphraseChoice, passphraseChoice } from '../trust/given-passphrases.ts';
import type { PushWitnesses } from '../trust/pushed-digest.ts';
import { fullReference, readNamedImage } from './named-image.ts';
import { silentOutput } from './silent-output.ts';

interface PushOptions {
  readonly name: string;
  readonly allTags: boolean;
  readonly quiet: boolean;
  readonly platform: string | undefined;
  readonly disableTrust: boolean | undefined;
  readonly passphrases: PassphraseChoice;
}

const PLATFORM_NOTE =
  '\n Info -> Using --platform pushes only the specified platform manifest of a multi-platform image index.\n' +
  '         Other components, like attestations, will not be included.\n' +
  '         To push the complete multi-platform image, remove the --platform flag.\n         \n';

const PLATFORM_MINOR = 46;

/** `push`: pushes, and where content trust is on signs the tag for what was pushed. */
export const push = defineCommand({
  usage: '[OPTIONS] NAME[:TAG]',
  summary: 'Upload an image to a registry',
  aliases: ['image push', 'push'],
  flags: {
    'all-tags': { kind: 'boolean', short: 'a', help: 'Push all tags of an image to the repository' },
    'disable-content-trust': { kind: 'boolean', help: 'Skip image signing (default true)' },
    platform: {
      kind: 'string',
      help: "Push a platform-specific manifest as a single-platform image to the registry.\nImage index won't be pushed, meaning that other manifests, including attestations won't be preserved.\n'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)",
    },
    quiet: { kind: 'boolean', short: 'q', help: 'Suppress verbose output' },
    ...EXTRA_PASSPHRASE_FLAGS,
  },
  arguments: exactly(1),
  parse: (flags, [name = '']): PushOptions => ({
    name,
    allTags: flags['all-tags'] ?? false,
    quiet: flags.quiet ?? false,
    platform: flags.platform,
    disableTrust: flags['disable-content-trust'],
    passphrases: passphraseChoice(flags),
  }),
  async run(options, io) {
    if (options.platform !== undefined) {
      await withEngine(io, ({ engine }) => engine.requireVersion('platform', PLATFORM_MINOR));
      io.stdout.write(PLATFORM_NOTE);
    }
    const reference = readNamedImage(io, options.name, options);
    const isTrusted = isContentTrustOn(io, options.disableTrust);
    if (reference.digest) throw new ExitError(1, 'cannot push a digest reference');
    await withEngine(io, async (session) => {
      const messages = await pushMessages(session, reference, io, options.platform);
      await (isTrusted
        ? pushTrusted(reference, messages, options, pushWitnesses(session, io), io)
        : pushPlain(reference, messages, options, io));
    });
    return 0;
  },
});

/** The Engine's stream about a push. */
export async function pushMessages(
  { engine, config }: EngineSession,
  reference: ImageReference,
  io: Io,
  platform?: string,
): Promise<AsyncIterable<StreamMessage>> {
  return engine.pushImage({
    repository: familiarName(reference),
    tag: reference.tag ?? '',
    platform,
    auth: await registryAuth(config, reference.domain),
    signal: io.signal,
  });
}

/** Who can say what was pushed where the Engine's stream does not; asked of nobody before. */
export function pushWitnesses(session: EngineSession, io: Io): PushWitnesses {
  return {
    fetch: async (reference) => (await import('../trust/remote-manifest.ts')).registryOf(session, io)(reference),
    async listLocalDigests(reference) {
      const { RepoDigests: digests } = JSON.parse(await session.engine.inspectImage(formatReference(reference)));
      const prefix = `${familiarName(reference)}@`;
      const own = (Array.isArray(digests) ? digests : []).filter((text) => String(text).startsWith(prefix));
      return own.map((text) => String(text).slice(prefix.length));
    },
  };
}

async function pushPlain(
  reference: ImageReference,
  messages: AsyncIterable<StreamMessage>,
  { quiet }: PushOptions,
  { stdout }: Io,
): Promise<void> {
  if (!quiet) return showProgress(messages, stdout);
  await showProgress(messages, silentOutput);
  printLine(stdout, fullReference(reference));
}

async function pushTrusted(
  reference: ImageReference,
  messages: AsyncIterable<StreamMessage>,
  { passphrases }: PushOptions,
  witnesses: PushWitnesses,
  io: Io,
): Promise<void> {
  const [{ trustedPush }, { openTrustContext }] = await Promise.all([
    import('../trust/trusted-push.ts'),
    import('../trust/trust-context.ts'),
  ]);
  await trustedPush({ reference, messages, witnesses }, await openTrustContext(io, passphrases));
}
