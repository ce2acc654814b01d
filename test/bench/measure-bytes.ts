import { createHash } from 'node:crypto';
import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './load.ts';
import type { Bench } from './main.ts';
import { REGISTRIES, type RunningServer, startRegistry } from './servers.ts';
import { compare, type Pair, type Row } from './table.ts';

const MEGABYTES = 100;

/** A blob of 100 MB up and down, by curl. Each server has a tree of its own. */
export async function measureBytes({ folder, rounds, say }: Bench): Promise<Row[]> {
  const file = join(folder, 'blob');
  const bytes = Buffer.alloc(MEGABYTES * 1_000_000);
  for (let i = 0; i < bytes.byteLength; i += 4) bytes.writeUInt32LE(Math.imul(i, 2_654_435_761) >>> 0, i);
  writeFileSync(file, bytes);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  await using ours = await startRegistry(REGISTRIES[0], join(folder, 'bytes-ours'), folder);
  await using peer = await startRegistry(REGISTRIES[1], join(folder, 'bytes-peer'), folder);
  const [ups, downs]: [Pair[], Pair[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    const up = { ours: await upload(ours, file, digest), peer: await upload(peer, file, digest) };
    const down = { ours: await download(ours, digest), peer: await download(peer, digest) };
    say(
      `PUT ${up.ours.toFixed()} to ${up.peer.toFixed()} MB/s, GET ${down.ours.toFixed()} to ${down.peer.toFixed()} MB/s`,
    );
    if (round === 0) continue;
    ups.push(up);
    downs.push(down);
  }
  return [compare('100 MB blob GET', 'MB/s', 1, downs), compare('100 MB blob PUT', 'MB/s', 2, ups)];
}

/** POST, then PUT with the whole blob. Megabytes a second of the PUT. */
async function upload({ url }: RunningServer, file: string, digest: string): Promise<number> {
  const start = await fetch(`${url}/v2/bench/bytes/blobs/uploads/`, { method: 'POST' });
  const location = new URL(start.headers.get('location') ?? '', url);
  location.searchParams.set('digest', digest);
  const options = ['-sf', '-o', '/dev/null', '-H', 'Expect:', '-w', '%{time_total}', '-T', file];
  return MEGABYTES / Number(await run('curl', [...options, location.href]));
}

async function download({ url }: RunningServer, digest: string): Promise<number> {
  const options = ['-sf', '-o', '/dev/null', '-w', '%{time_total}'];
  return MEGABYTES / Number(await run('curl', [...options, `${url}/v2/bench/bytes/blobs/${digest}`]));
}

const UPLOADS = 16;
const GIGABYTE = 1_000_000_000;

/** The most memory that our server has while 16 blobs of 1 GB are pushed at once. */
export async function measureMemory({ folder, say }: Bench): Promise<Row[]> {
  const file = '/dev/zero';
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { end: GIGABYTE - 1, highWaterMark: 1 << 20 })) hash.update(chunk);
  const digest = `sha256:${hash.digest('hex')}`;
  await using ours = await startRegistry(REGISTRIES[0], join(folder, 'memory'), folder);
  const atStart = ours.peakMemory();
  const script = `head -c ${GIGABYTE} ${file} | curl -sf -o /dev/null -H Expect: -X PUT -T - "$0"`;
  await Promise.all(
    Array.from({ length: UPLOADS }, async (_, i) => {
      const start = await fetch(`${ours.url}/v2/bench/memory${i}/blobs/uploads/`, { method: 'POST' });
      const location = new URL(start.headers.get('location') ?? '', ours.url);
      location.searchParams.set('digest', digest);
      await run('sh', ['-c', script, location.href]);
    }),
  );
  const megabytes = ours.peakMemory() / 1e6;
  say(`memory: ${(atStart / 1e6).toFixed()} MB at the start, ${megabytes.toFixed()} MB at most`);
  const what = `memory at most, ${UPLOADS} uploads of 1 GB at once`;
  return [{ what, unit: 'MB', ours: megabytes, wanted: '< 150', isReached: megabytes < 150 }];
}
