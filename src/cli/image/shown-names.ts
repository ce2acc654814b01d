import { familiarName, type JsonObject, type JsonValue, parseImageReference } from '../../core/index.ts';

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
  const tags = byRepository(image.RepoTags, ({ tag }) => tag);
  const digests = byRepository(image.RepoDigests, ({ digest }) => digest);
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

type Reference = ReturnType<typeof parseImageReference>;

function byRepository(
  names: JsonValue | undefined,
  part: (reference: Reference) => string | undefined,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of Array.isArray(names) ? (names as readonly JsonValue[]) : []) {
    if (typeof name !== 'string' || name.startsWith(NONE)) continue;
    const reference = parseImageReference(name);
    const value = part(reference);
    if (value === undefined) continue;
    const repository = familiarName(reference);
    found.set(repository, [...(found.get(repository) ?? []), value]);
  }
  return found;
}
