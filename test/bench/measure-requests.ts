import { join } from 'node:path';
import { type Contest, duel } from './duel.ts';
import { load, loadHead } from './load.ts';
import type { Bench } from './main.ts';
import { REGISTRIES, startRegistry } from './servers.ts';
import type { Row } from './table.ts';
import { makeImage, makeLists } from './trees.ts';

/** Manifests by tag and by digest, and whether a blob is there. */
export async function measureRequests(bench: Bench): Promise<Row[]> {
  const root = join(bench.folder, 'image');
  const { manifest, blob } = await makeImage(root);
  const at = '/v2/bench/image';
  const { seconds } = bench;
  return duelOfRegistries(bench, root, [
    ['manifest GET by tag', 10, (server) => load(server, `${at}/manifests/latest`, seconds)],
    ['manifest GET by digest', 10, (server) => load(server, `${at}/manifests/${manifest}`, seconds)],
    ['blob HEAD', 10, (server) => loadHead(server, `${at}/blobs/${blob}`, seconds)],
  ]);
}

/** Lists of 10,000 tags and of 10,000 repositories. */
export async function measureLists(bench: Bench): Promise<Row[]> {
  const root = join(bench.folder, 'lists');
  makeLists(root, 10_000);
  const { seconds } = bench;
  return duelOfRegistries(bench, root, [
    ['list of 10,000 tags', 20, (server) => load(server, '/v2/many/tags/tags/list', seconds)],
    ['catalog of 10,000: first page of 100', 20, (server) => load(server, '/v2/_catalog?n=100', seconds)],
    ['catalog: first page of 1,000', 20, (server) => load(server, '/v2/_catalog?n=1000', seconds)],
    ['catalog: 100 from the middle', 20, (server) => load(server, '/v2/_catalog?n=100&last=team50/app50', seconds)],
  ]);
}

async function duelOfRegistries(bench: Bench, root: string, contests: readonly Contest[]): Promise<Row[]> {
  await using ours = await startRegistry(REGISTRIES[0], root, bench.folder);
  await using peer = await startRegistry(REGISTRIES[1], root, bench.folder);
  return duel([ours, peer], bench, contests);
}
