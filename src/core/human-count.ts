/** A number of things, for people: `1 key`, `2 keys`, `0 repositories`. `what` is one of them. */
export function humanCount(count: number, what: string): string {
  if (count === 1) return `1 ${what}`;
  return `${count} ${what.endsWith('y') && !/[aeo]y$/.test(what) ? `${what.slice(0, -1)}ies` : `${what}s`}`;
}
