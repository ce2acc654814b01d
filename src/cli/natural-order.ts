const RUNS = /[0-9]+|[^0-9]/g;

/**
 * Compares names as docker sorts them: by character, but a run of digits by what it counts, so that `1.9` comes before `1.10`.
 * Digits come before all else; of two that count the same, the one with fewer zeros in front.
 */
export function compareNaturally(a: string, b: string): number {
  const [left, right] = [a.match(RUNS) ?? [], b.match(RUNS) ?? []];
  for (const [at, run] of left.entries()) {
    const order = compareRuns(run, right[at] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareRuns(a: string, b: string): number {
  if (!isNumber(a) || !isNumber(b)) return isNumber(a) && b !== '' ? -1 : isNumber(b) ? 1 : compareText(a, b);
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return left.length - right.length || compareText(left, right) || a.length - b.length;
}

function isNumber(run: string): boolean {
  return run >= '0' && run < ':';
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
