import { join } from 'node:path';
import { type Load, load, loadHead } from './load.ts';
import type { Bench } from './main.ts';
import { type RunningServer, SERVERS, startRegistry } from './servers.ts';
import { compare, type Pair, type Row } from './table.ts';
import { makeImage, makeLists } from './trees.ts';

type Measure = (server: RunningServer) => Promise<Load>;

/** Manifests by tag and by digest, and whether a blob is there. */
export async function measureRequests({ folder, seconds, rounds, say }: Bench): Promise<Row[]> {
  const root = join(folder, 'image');
  const { manifest, blob } = await makeImage(root);
  const at = '/v2/bench/image';
  return duel(folder, root, rounds, say, [
    ['manifest GET by tag', 10, (server) => load(server, `${at}/manifests/latest`, seconds)],
    ['manifest GET by digest', 10, (server) => load(server, `${at}/manifests/${manifest}`, seconds)],
    ['blob HEAD', 10, (server) => loadHead(server, `${at}/blobs/${blob}`, seconds)],
  ]);
}

/** Lists of 10,000 tags and of 10,000 repositories. */
export async function measureLists({ folder, seconds, rounds, say }: Bench): Promise<Row[]> {
  const root = join(folder, 'lists');
  makeLists(root, 10_000);
  return duel(folder, root, rounds, say, [
    ['list of 10,000 tags', 20, (server) => load(server, '/v2/many/tags/tags/list', seconds)],
    ['catalog of 10,000: first page of 100', 20, (server) => load(server, '/v2/_catalog?n=100', seconds)],
    ['catalog: first page of 1,000', 20, (server) => load(server, '/v2/_catalog?n=1000', seconds)],
    ['catalog: 100 from the middle', 20, (server) => load(server, '/v2/_catalog?n=100&last=team50/app50', seconds)],
  ]);
}

/** Both servers in turn, for each measure and round; one round more, first, to warm them up. */
async function duel(
  folder: string,
  root: string,
  rounds: number,
  say: Bench['say'],
  measures: readonly (readonly [what: string, wanted: number, measure: Measure])[],
): Promise<Row[]> {
  await using ours = await startRegistry(SERVERS[0], root, folder);
  await using peer = await startRegistry(SERVERS[1], root, folder);
  const rows: Row[] = [];
  for (const [what, wanted, measure] of measures) {
    const [results, processor]: [Pair[], Pair[]] = [[], []];
    for (let round = 0; round <= rounds; round += 1) {
      const [a, b] = [await measure(ours), await measure(peer)];
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
