import { formatReference, parseDigest, parseImageReference, withDefaultTag } from '../../core/index.ts';
import { atLeast, defineCommand } from '../command.ts';
import { printLine } from '../io.ts';
import { parseFormat } from '../report-format.ts';
import { type CheckedImage, checkImage } from './checked-image.ts';
import { REGISTRY_FLAG, withRegistry } from './registry-flag.ts';
import type { FetchManifest } from './remote-manifest.ts';
import { openTrustContext, type TrustContext } from './trust-context.ts';
import { TRUST_FLAGS, trustOptions } from './trust-flags.ts';

/** `trust resolve`: what `create`, `run` and `build` of docker 28 do with a name before they ask an Engine. */
export const resolve = defineCommand({
  usage: '[OPTIONS] IMAGE[:TAG] [IMAGE[:TAG]...]',
  summary: 'Print what images are signed for, by digest, for programs that do not look at signatures themselves',
  arguments: atLeast(1),
  flags: {
    format: { kind: 'string', value: 'string', help: 'text or json (default text)' },
    ...REGISTRY_FLAG,
    ...TRUST_FLAGS,
  },
  parse: ({ format, registry = false, ...flags }, images) => ({
    images,
    isJson: parseFormat(format) === 'json',
    isRegistryAsked: registry,
    options: trustOptions(flags),
  }),
  async run({ images, isJson, isRegistryAsked, options }, io) {
    const context = await openTrustContext(io, {}, options);
    return withRegistry(isRegistryAsked, io, (fetch) => resolveImages(images, isJson, context, fetch));
  },
});

/** Prints one line for each image that is signed; of the others, why not, on stderr. Resolves to the exit status. */
export async function resolveImages(
  images: readonly string[],
  isJson: boolean,
  context: TrustContext,
  fetch?: FetchManifest,
): Promise<number> {
  const { stdout, stderr } = context.io;
  const found: (CheckedImage & { readonly image: string; readonly reference?: string })[] = [];
  for (const image of images) {
    const checked = await checkImage(image, context, fetch);
    found.push({
      image,
      ...(checked.status === 'signed' && { reference: byDigest(image, checked.digest) }),
      ...checked,
    });
  }
  for (const one of found) {
    if (!isJson && one.reference !== undefined) printLine(stdout, one.reference);
    if (one.status === 'refused') printLine(stderr, `${one.image}: ${one.reason}`);
  }
  if (isJson) printLine(stdout, JSON.stringify(found, undefined, 2));
  return found.some(({ status }) => status === 'refused') ? 1 : 0;
}

function byDigest(image: string, digest: string): string {
  const { domain, repository } = withDefaultTag(parseImageReference(image));
  return formatReference({ domain, repository, digest: parseDigest(digest) });
}
