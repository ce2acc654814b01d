import { fullName, type ImageReference, parseImageReference, type Tag } from '../../core/index.ts';
import { ExitError } from '../command.ts';
import { type Io, printLine } from '../io.ts';

/**
 * Reads the image of a pull or push: all tags with `--all-tags`, else `latest` where none is named, which is told
 * unless `quiet`.
 * @throws {ReferenceInvalidError | ExitError} a tag together with `--all-tags`
 */
export function readNamedImage(
  io: Io,
  text: string,
  { allTags, quiet }: { allTags: boolean; quiet: boolean },
): ImageReference {
  const reference = parseImageReference(text);
  const isNameOnly = reference.tag === undefined && reference.digest === undefined;
  if (allTags && !isNameOnly) throw new ExitError(1, "tag can't be used with --all-tags/-a");
  if (allTags || !isNameOnly) return reference;
  if (!quiet) printLine(io.stdout, 'Using default tag: latest');
  return { ...reference, tag: 'latest' as Tag };
}

/** The reference in full: `docker.io/library/alpine:3`. */
export function fullReference(reference: ImageReference): string {
  const { tag, digest } = reference;
  return fullName(reference) + (tag ? `:${tag}` : '') + (digest ? `@${digest}` : '');
}
