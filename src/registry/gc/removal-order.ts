/**
 * Puts things in an order of deletion: each comes after all that lead to it, so that whatever is still there leads to
 * nothing that is gone. `next` gives what a thing leads to. Things in one level do not depend on each other.
 */
export function toLevels<T>(things: ReadonlySet<T>, next: (thing: T) => Iterable<T>): T[][] {
  const depths = new Map<T, number>();
  let frontier: T[] = [...things];
  for (let depth = 0; frontier.length > 0 && depth <= things.size; depth += 1) {
    for (const thing of frontier) depths.set(thing, depth);
    const following = new Set<T>();
    for (const thing of frontier) for (const then of next(thing)) if (things.has(then)) following.add(then);
    frontier = [...following];
  }
  const levels = new Map<number, T[]>();
  for (const [thing, depth] of depths) levels.set(depth, [...(levels.get(depth) ?? []), thing]);
  return [...levels].sort(([a], [b]) => a - b).map(([, level]) => level);
}

/** `things` and all that they lead to. */
export function reachedFrom<T>(things: Iterable<T>, next: (thing: T) => Iterable<T>): ReadonlySet<T> {
  const reached = new Set(things);
  for (const thing of reached) for (const then of next(thing)) reached.add(then);
  return reached;
}
