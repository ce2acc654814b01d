const ALL_PATHS = '"" <all paths>';

/** Paths of a delegation for people to read, sorted; the empty one is every path. */
export function showPaths(paths: readonly string[]): readonly string[] {
  return [...paths].sort().map((path) => (path === '' ? ALL_PATHS : path));
}
