import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { measureBytes, measureMemory } from './measure-bytes.ts';
import { measureCommands } from './measure-commands.ts';
import { measureEngineMemory } from './measure-engine.ts';
import { measureImageList, measureSignedImage } from './measure-images.ts';
import { measureLargeStore } from './measure-large-store.ts';
import { measureNotary, measureNotaryStart } from './measure-notary.ts';
import { measureLists, measureRequests } from './measure-requests.ts';
import { measureSandbox } from './measure-sandbox.ts';
import { measureStart } from './measure-start.ts';
import { formatRows, type Row } from './table.ts';

/** What every measurement is given. */
export interface Bench {
  /** To be removed at the end. */
  readonly folder: string;
  readonly rounds: number;
  /** Of each load. */
  readonly seconds: number;
  say(line: string): void;
}

const MEASUREMENTS: Readonly<Record<string, (bench: Bench) => Promise<Row[]>>> = {
  start: measureStart,
  requests: measureRequests,
  lists: measureLists,
  bytes: measureBytes,
  memory: measureMemory,
  large: measureLargeStore,
  commands: measureCommands,
  image: measureSignedImage,
  images: measureImageList,
  sandbox: measureSandbox,
  'engine-memory': measureEngineMemory,
  notary: measureNotary,
  'notary-start': measureNotaryStart,
};

const chosen = process.argv.slice(2);
const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'bench-'));
const bench: Bench = {
  folder,
  rounds: Number(process.env.BENCH_ROUNDS ?? 5),
  seconds: Number(process.env.BENCH_SECONDS ?? 3),
  say: (line) => void process.stderr.write(`${line}\n`),
};
try {
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(MEASUREMENTS)) {
    if (chosen.length === 0 || chosen.includes(name)) rows.push(...(await measure(bench)));
  }
  const [cpu] = cpus();
  const machine = `${cpus().length} cores of ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const quiet = `load average ${loadavg()[0]?.toFixed(1)}`;
  process.stdout.write(`${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.version}, ${quiet}\n\n`);
  process.stdout.write(`${formatRows(rows)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
