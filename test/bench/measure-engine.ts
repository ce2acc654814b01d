import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeImages } from './archives.ts';
import type { Bench } from './main.ts';
import { startOurs } from './measure-images.ts';
import type { Row } from './table.ts';

const LAYERS = 40;
const GIGABYTE = 1_000_000_000;
const PULLS = 50;
const MEGABYTES = 200;

/**
 * The most memory that the sandbox has, Engine, registry and Notary server together, while an image of 40 layers is loaded, pushed
 * and pulled, and 50 images are pulled at once. BENCH_GIGABYTES says how large the image is; half of it is text, so that it is packed.
 */
export async function measureEngineMemory({ folder, say }: Bench): Promise<Row[]> {
  const gigabytes = Number(process.env.BENCH_GIGABYTES ?? 1);
  await using side = await startOurs(folder, 'large-image');
  const peak = (): number =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${side.pid}/status`, 'latin1'))?.[1]) / 1000;
  say(`at the start: ${peak().toFixed()} MB`);
  const archive = join(folder, 'large.tar');
  const name = 'sandboxregistry:5000/bench/large:1';
  await writeImages(archive, { names: [name], layers: LAYERS, layerBytes: (gigabytes * GIGABYTE) / LAYERS, text: 0.5 });
  const step = async (command: string): Promise<void> => {
    const seconds = await side.run(command);
    say(
      `${command.split(' ')[0]} of ${gigabytes} GB in ${LAYERS} layers: ${seconds.toFixed(1)} s, ${peak().toFixed()} MB`,
    );
  };
  await step(`load -q -i ${archive}`);
  await rm(archive);
  await step(`push -q ${name}`);
  await side.run(`rmi -f ${name}`);
  await step(`pull -q ${name}`);
  await side.run(`rmi -f ${name}`);
  const large = peak();
  await pullAtOnce(side, folder);
  say(`${PULLS} pulls at once: ${peak().toFixed()} MB`);
  const row = (what: string, ours: number): Row => ({
    what,
    unit: 'MB',
    ours,
    wanted: `< ${MEGABYTES}`,
    isReached: ours < MEGABYTES,
  });
  return [
    row(`memory at most, all servers: ${gigabytes} GB in ${LAYERS} layers, pushed and pulled`, large),
    row(`the same after ${PULLS} pulls at once`, peak()),
  ];
}

async function pullAtOnce(side: Awaited<ReturnType<typeof startOurs>>, folder: string): Promise<void> {
  const archive = join(folder, 'many.tar');
  const names = Array.from({ length: PULLS }, (_, i) => `sandboxregistry:5000/bench/many:${i}`);
  await writeImages(archive, { names, layers: 2, layerBytes: 4_000_000, text: 0 });
  await side.run(`load -q -i ${archive}`);
  await side.run('push -q -a sandboxregistry:5000/bench/many');
  await side.run('image prune -af');
  await Promise.all(names.map((name) => side.run(`pull -q ${name}`)));
  const { stdout } = await side.output('images -q');
  if (stdout.trim().split('\n').length !== PULLS) throw new Error(`not all of ${PULLS} images were pulled`);
}
