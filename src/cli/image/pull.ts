import { familiarName, type ImageReference } from '../../core/index.ts';
import { defineCommand, exactly, UsageError } from '../command.ts';
import { registryAuth } from '../credentials.ts';
import { type EngineSession, withEngine } from '../engine-session.ts';
import { type Io, printLine } from '../io.ts';
import { showProgress } from '../progress.ts';
import { isContentTrustOn } from '../trust/content-trust.ts';
import { EXTRA_TRUST_FLAGS, type TrustOptions, trustOptions } from '../trust/trust-flags.ts';
import { fullReference, readNamedImage } from './named-image.ts';
import { silentOutput } from './silent-output.ts';

interface PullOptions {
  readonly name: string;
  readonly allTags: boolean;
  readonly quiet: boolean;
  readonly platform: string | undefined;
  readonly disableTrust: boolean | undefined;
  readonly trust: TrustOptions;
}

/** `pull`: what the tag was signed for where content trust is on, what the registry says where it is off. */
export const pull = defineCommand({
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  summary: 'Download an image from a registry',
  aliases: ['image pull', 'pull'],
  flags: {
    'all-tags': { kind: 'boolean', short: 'a', help: 'Download all tagged images in the repository' },
    'disable-content-trust': { kind: 'boolean', help: 'Skip image verification (default true)' },
    platform: { kind: 'string', help: 'Set platform if server is multi-platform capable' },
    quiet: { kind: 'boolean', short: 'q', help: 'Suppress verbose output' },
    ...EXTRA_TRUST_FLAGS,
  },
  arguments: exactly(1),
  parse: (flags, [name = '']): PullOptions => ({
    name,
    allTags: flags['all-tags'] ?? false,
    quiet: flags.quiet ?? false,
    platform: flags.platform,
    disableTrust: flags['disable-content-trust'],
    trust: trustOptions(flags),
  }),
  async run(options, io) {
    const reference = readNamedImage(io, options.name, options);
    const isTrusted = isLocked(options) || (isContentTrustOn(io, options.disableTrust) && !reference.digest);
    await withEngine(io, async (session) => {
      const pullOne = (one: ImageReference): Promise<void> => pullImage(session, one, options, io);
      await (isTrusted ? pullTrusted(session, reference, pullOne, options.trust, io) : pullOne(reference));
    });
    printLine(io.stdout, fullReference(reference));
    return 0;
  },
});

/** A lockfile is for what a digest names too. */
function isLocked({ trust, disableTrust }: PullOptions): boolean {
  if (trust.lock !== undefined && disableTrust) {
    throw new UsageError('--lock and --disable-content-trust are mutually exclusive');
  }
  return trust.lock !== undefined;
}

async function pullImage(
  { engine, config }: EngineSession,
  reference: ImageReference,
  { quiet, platform }: PullOptions,
  io: Io,
): Promise<void> {
  const messages = engine.pullImage({
    repository: familiarName(reference),
    tag: reference.digest ?? reference.tag ?? '',
    platform: platform?.toLowerCase(),
    auth: await registryAuth(config, reference.domain),
    signal: io.signal,
  });
  await showProgress(messages, quiet ? silentOutput : io.stdout);
}

async function pullTrusted(
  session: EngineSession,
  reference: ImageReference,
  pull: (reference: ImageReference) => Promise<void>,
  options: TrustOptions,
  io: Io,
): Promise<void> {
  const [{ trustedPull }, { openTrustContext }, { manifestSizeOf }] = await Promise.all([
    import('../trust/trusted-pull.ts'),
    import('../trust/trust-context.ts'),
    import('../trust/manifest-size.ts'),
  ]);
  const fetchManifest = async (one: ImageReference) =>
    (await import('../trust/remote-manifest.ts')).registryOf(session, io)(one);
  const findSize = manifestSizeOf(session, fetchManifest, io);
  const tag = (source: string, target: ImageReference): Promise<void> =>
    session.engine.tagImage(source, familiarName(target), target.tag ?? '');
  await trustedPull({ reference, pull, findSize, tag }, await openTrustContext(io, {}, options));
}
