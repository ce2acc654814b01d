import { errorMessage } from '../core/index.ts';

/** One of several things, some of which come before others. */
export interface Ordered {
  readonly name: string;
  /** Names of those that come before it. */
  readonly after: readonly string[];
}

/**
 * Does `work` for each, at once where nothing stands in the way, each when all those it comes after are done. Names of others
 * are passed over. There must be no circle.
 * @throws {AggregateError} what `work` threw, once all that was begun has ended; the thing itself when it is one only
 */
export async function inOrder<T extends Ordered>(
  things: readonly T[],
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const begun = new Map<string, Promise<void>>();
  const begin = (thing: T): Promise<void> => {
    const known = begun.get(thing.name);
    if (known) return known;
    const before = things.filter(({ name }) => thing.after.includes(name));
    const done = Promise.all(before.map(begin)).then(() => work(thing));
    begun.set(thing.name, done);
    return done;
  };
  const results = await Promise.allSettled(things.map(begin));
  const failures = new Set(results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])));
  const [failure, ...others] = failures;
  if (others.length > 0) throw new AggregateError(failures, [...failures].map(errorMessage).join('\n'));
  if (failures.size > 0) throw failure;
}

/** The same things in the opposite order. */
export function reversed<T extends Ordered>(things: readonly T[]): (T & Ordered)[] {
  return things.map((thing) => ({
    ...thing,
    after: things.filter(({ after }) => after.includes(thing.name)).map(({ name }) => name),
  }));
}
