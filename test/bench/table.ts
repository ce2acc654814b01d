/** One line of the report: a figure of ours, the peer's when there is one, and what they should be to each other. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer?: number;
  /** Processor time of the servers for each request, in microseconds: what a busy machine changes less. */
  readonly processor?: { readonly ours: number; readonly peer: number };
  /** Ours to the peer's; the median of the rounds' own ratios. */
  readonly ratio?: number;
  /** `>= 10`, `<= 150 ms`. */
  readonly wanted: string;
  readonly isReached: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export interface Pair {
  readonly ours: number;
  readonly peer: number;
}

/** A row of rounds in which both were measured one right after the other, so that each round's ratio is of one moment. */
export function compare(
  what: string,
  unit: string,
  wanted: number,
  rounds: readonly Pair[],
  processorRounds?: readonly Pair[],
): Row {
  const ratio = median(rounds.map(({ ours, peer }) => ours / peer));
  return {
    what,
    unit,
    ours: median(rounds.map(({ ours }) => ours)),
    peer: median(rounds.map(({ peer }) => peer)),
    ratio,
    ...(processorRounds && {
      processor: {
        ours: median(processorRounds.map(({ ours }) => ours)),
        peer: median(processorRounds.map(({ peer }) => peer)),
      },
    }),
    wanted: `>= ${wanted}`,
    isReached: ratio >= wanted,
  };
}

export function formatRows(rows: readonly Row[]): string {
  const number = (value: number | undefined): string =>
    value === undefined ? '-' : value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 });
  return [
    '| what | unit | trustsandbox | peer | ratio | wanted | | processor, µs a request |',
    '| --- | --- | ---: | ---: | ---: | --- | --- | --- |',
    ...rows.map(
      ({ what, unit, ours, peer, ratio, processor, wanted, isReached }) =>
        `| ${what} | ${unit} | ${number(ours)} | ${number(peer)} | ${number(ratio)} | ${wanted} | ${isReached ? 'reached' : '**not reached**'} | ${processor ? `${number(processor.ours)} to ${number(processor.peer)}` : ''} |`,
    ),
  ].join('\n');
}
