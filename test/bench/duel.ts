import type { Load } from './load.ts';
import type { Bench } from './main.ts';
import type { RunningServer } from './servers.ts';
import { compare, type Pair, type Row } from './table.ts';

export type Measure = (server: RunningServer, round: number) => Promise<Load>;

/** Something to measure, and how many times the peer's rate ours should be. */
export type Contest = readonly [what: string, wanted: number, measure: Measure];

/** Both servers in turn, for each measure and round; one round more, first, to warm them up. */
export async function duel(
  [ours, peer]: readonly [RunningServer, RunningServer],
  { rounds, say }: Bench,
  contests: readonly Contest[],
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [what, wanted, measure] of contests) {
    const [results, processor]: [Pair[], Pair[]] = [[], []];
    for (let round = 0; round <= rounds; round += 1) {
      const [a, b] = [await measure(ours, round), await measure(peer, round)];
      say(
        `${what}: ${Math.round(a.requestsPerSecond)} (${a.processorMicros.toFixed(1)} µs) to ` +
          `${Math.round(b.requestsPerSecond)} (${b.processorMicros.toFixed(1)} µs)`,
      );
      if (round === 0) continue;
      results.push({ ours: a.requestsPerSecond, peer: b.requestsPerSecond });
      processor.push({ ours: a.processorMicros, peer: b.processorMicros });
    }
    rows.push(compare(what, 'requests/s', wanted, results, processor));
  }
  return rows;
}
