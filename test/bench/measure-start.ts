import { join } from 'node:path';
import type { Bench } from './main.ts';
import { REGISTRIES, startRegistry } from './servers.ts';
import { median, type Row } from './table.ts';
import { makeImage } from './trees.ts';

/** From the start of the process to its first answer. */
export async function measureStart({ folder, rounds, say }: Bench): Promise<Row[]> {
  const root = join(folder, 'start');
  await makeImage(root);
  const times: number[] = [];
  for (let i = 0; i < rounds * 4; i += 1) {
    await using server = await startRegistry(REGISTRIES[0], root, folder);
    times.push(server.startMs);
  }
  say(`start: ${times.map((ms) => ms.toFixed()).join(', ')} ms`);
  const ours = median(times);
  return [{ what: 'process start to first answer', unit: 'ms', ours, wanted: '<= 150', isReached: ours <= 150 }];
}
