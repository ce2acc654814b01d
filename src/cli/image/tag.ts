import {
  familiarName,
  type ImageReference,
  parseImageReference,
  ReferenceInvalidError,
  withDefaultTag,
} from '../../core/index.ts';
import { defineCommand, ExitError, exactly } from '../command.ts';
import { withEngine } from '../engine-session.ts';

const IMAGE_ID = /^(?:sha256:)?[0-9a-f]{64}$/;

/** `tag`: another name for an image. */
export const tag = defineCommand({
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  summary: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  aliases: ['image tag', 'tag'],
  flags: {},
  arguments: exactly(2),
  parse: (_, [source = '', target = '']) => ({ source, target }),
  async run({ source, target }, io) {
    if (!IMAGE_ID.test(source)) readReference(source);
    const reference = withDefaultTag(readReference(target));
    if (reference.digest) throw new ExitError(1, 'refusing to create a tag with a digest reference');
    await withEngine(io, ({ engine }) => engine.tagImage(source, familiarName(reference), reference.tag ?? ''));
    return 0;
  },
});

function readReference(text: string): ImageReference {
  try {
    return parseImageReference(text);
  } catch (cause) {
    if (!(cause instanceof ReferenceInvalidError)) throw cause;
    throw new ExitError(
      1,
      `Error parsing reference: ${JSON.stringify(text)} is not a valid repository/tag: ${cause.message}`,
      { cause },
    );
  }
}
