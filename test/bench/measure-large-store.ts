import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from './load.ts';
import type { Bench } from './main.ts';
import { REGISTRIES, startRegistry } from './servers.ts';
import { median, type Row } from './table.ts';
import { makeBlobs } from './trees.ts';

const [SMALL, LARGE] = [1_000, 1_000_000];
/** Blobs that are read: the same number in both, so that only the size of the store differs. */
const READ = 1_000;

/** Reads of 1,000 blobs from all over a store of 1,000,000, in terms of the time they take in a store of no others. */
export async function measureLargeStore({ folder, seconds, rounds, say }: Bench): Promise<Row[]> {
  const rates: Record<number, number[]> = { [SMALL]: [], [LARGE]: [] };
  const scripts = new Map<number, string>();
  for (const count of [SMALL, LARGE]) {
    const digests = makeBlobs(join(folder, `store-${count}`), count, READ);
    const script = join(folder, `paths-${count}.lua`);
    writeFileSync(script, randomPaths(digests.map((digest) => `/v2/bench/blobs/blobs/${digest}`)));
    scripts.set(count, script);
    say(`made a store of ${count} blobs`);
  }
  for (let round = 0; round <= rounds; round += 1) {
    for (const count of [SMALL, LARGE]) {
      await using server = await startRegistry(REGISTRIES[0], join(folder, `store-${count}`), folder);
      await load(server, '/v2/', 2, scripts.get(count)); // as warm as it gets
      const { requestsPerSecond } = await load(server, '/v2/', seconds, scripts.get(count));
      say(`blob GET over ${count}: ${Math.round(requestsPerSecond)}`);
      if (round > 0) rates[count]?.push(requestsPerSecond);
    }
  }
  const times = (rates[SMALL] ?? []).map((small, round) => small / (rates[LARGE]?.[round] ?? Number.NaN));
  const ours = median(times);
  const what = 'blob GET, time over 1,000,000 blobs to that over 1,000';
  return [{ what, unit: 'ratio', ours, wanted: '<= 1.2', isReached: ours <= 1.2 }];
}

/** A script of wrk that asks for paths in an order of its own. */
function randomPaths(paths: readonly string[]): string {
  return `local paths = {${paths.map((path) => JSON.stringify(path)).join(',')}}
request = function() return wrk.format("GET", paths[math.random(#paths)]) end
`;
}
