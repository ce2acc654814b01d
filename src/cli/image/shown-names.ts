import type { JsonObject, JsonValue } from '../../core/index.ts';

/** One row's name of an image, in docker's words where there is none. */
export interface ShownName {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const NONE = '<none>';

/**
 * The names to show of an image: its tags; with digests a row for each digest of the same repository; then
 * repositories known by digest alone.
 */
export function namesOfSummary(image: JsonObject, withDigests: boolean): ShownName[] {
  const tags = byRepository(image.RepoTags, ':');
  const digests = byRepository(image.RepoDigests, '@');
  if (tags.size === 0 && digests.size === 0) return [{ repository: NONE, tag: NONE, digest: NONE }];
  const tagged = [...tags].flatMap(([repository, names]) => {
    const known = withDigests ? (digests.get(repository) ?? []) : [];
    const shown = known.length === 0 ? [NONE] : known;
    return names.flatMap((tag) => shown.map((digest) => ({ repository, tag, digest })));
  });
  const untagged = [...digests]
    .filter(([repository]) => !tags.has(repository))
    .flatMap(([repository, known]) =>
      (withDigests ? known : ['']).map((digest) => ({ repository, tag: NONE, digest })),
    );
  return [...tagged, ...untagged];
}

/** Names as the Engine writes them, familiar and whole: `repository:tag`, `repository@digest`. */
function byRepository(names: JsonValue | undefined, mark: ':' | '@'): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of Array.isArray(names) ? (names as readonly JsonValue[]) : []) {
    if (typeof name !== 'string' || name.startsWith(NONE)) continue;
    const at = mark === '@' ? name.indexOf('@') : name.lastIndexOf(':');
    if (at <= name.lastIndexOf('/')) continue;
    const [repository, value] = [name.slice(0, at), name.slice(at + 1)];
    const known = found.get(repository);
    if (known) known.push(value);
    else found.set(repository, [value]);
  }
  return found;
}
