import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/core/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { startDockerRegistry } from '../interop/peers/docker-registry.ts';
import { startDockerd } from '../interop/peers/dockerd.ts';
import { startNotaryServer } from '../interop/peers/notary-server.ts';
import { createWorkspace } from '../interop/peers/workspace.ts';
import type { Bench } from './main.ts';
import { startOurs } from './measure-images.ts';
import { compare, type Pair, type Row } from './table.ts';

const [REGISTRY, NOTARY] = ['127.71.8.5', '127.71.8.6'];
const IDLE_SECONDS = 10;
const UP_MS = 500;

/** Servers that were started together. */
interface Started extends AsyncDisposable {
  readonly startMs: number;
  readonly pids: readonly number[];
}

interface Idle {
  readonly megabytes: number;
  readonly processorMs: number;
}

/** `up` from nothing to all healthy, and what it takes when nobody asks for anything: ours, and the three programs by hand. */
export async function measureSandbox({ folder, rounds, say }: Bench): Promise<Row[]> {
  const [start, memory, processor]: [Pair[], Pair[], Pair[]] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const [ours, peer] = [await measure(() => startSandbox(folder, round)), await measure(startByHand)];
    start.push({ ours: ours.startMs, peer: peer.startMs });
    memory.push({ ours: ours.idle.megabytes, peer: peer.idle.megabytes });
    processor.push({ ours: ours.idle.processorMs, peer: peer.idle.processorMs });
    say(
      `up ${ours.startMs.toFixed()} ms to ${peer.startMs.toFixed()} ms, ${ours.idle.megabytes.toFixed()} MB to ${peer.idle.megabytes.toFixed()} MB`,
    );
  }
  const up = compare('up, from nothing to healthy', 'ms', 1, start);
  return [
    { ...up, wanted: `<= ${UP_MS} ms`, isReached: up.ours <= UP_MS },
    lessThanPeer(compare('memory when idle', 'MB', 1, memory)),
    lessThanPeer(compare(`processor time in ${IDLE_SECONDS} s of idleness`, 'ms', 1, processor)),
  ];
}

function lessThanPeer(row: Row): Row {
  return { ...row, wanted: '< 1', isReached: (row.ratio ?? 1) < 1 };
}

async function measure(start: () => Promise<Started>): Promise<{ readonly startMs: number; readonly idle: Idle }> {
  await using servers = await start();
  await sleep(10_000); // what a start leaves to be done: one collection of garbage of 100 ms, some seconds after
  const before = await processorMsOf(servers.pids);
  await sleep(IDLE_SECONDS * 1000);
  const idle = { megabytes: await residentMb(servers.pids), processorMs: (await processorMsOf(servers.pids)) - before };
  return { startMs: servers.startMs, idle };
}

async function startSandbox(folder: string, round: number): Promise<Started> {
  const ours = await startOurs(folder, `up${round}`);
  return { startMs: ours.upMs, pids: [ours.pid], [Symbol.asyncDispose]: ours[Symbol.asyncDispose] };
}

/** All three at once, as one who has a script would. */
async function startByHand(): Promise<Started> {
  const workspace = await createWorkspace();
  const ca = createCertificateAuthority({ clock: systemClock });
  const tls = issueServerCertificate({ ca, dnsNames: ['notaryserver'], ipAddresses: [NOTARY], clock: systemClock });
  await mkdir(workspace.at('registry'));
  const began = performance.now();
  const servers = await Promise.all([
    startDockerRegistry(workspace, workspace.at('registry'), { host: REGISTRY, port: 5000 }),
    startNotaryServer(workspace, { host: NOTARY, port: 4443 }, { ...tls, ca: ca.cert }),
    startDockerd(workspace),
  ]);
  const startMs = performance.now() - began;
  const pids = await withDescendants(servers.map(({ pid }) => pid));
  return {
    startMs,
    pids,
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

/** dockerd has a containerd of its own. */
async function withDescendants(pids: readonly number[]): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(join('/proc', name, 'stat'), 'utf8').catch(() => '');
    parents.set(Number(name), Number(fieldsOf(stat)[1]));
  }
  const found = new Set(pids);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

async function residentMb(pids: readonly number[]): Promise<number> {
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8')));
  return texts.reduce((sum, text) => sum + Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0), 0) / 1024;
}

/** proc(5): user and system time, in clock ticks of 10 ms. */
async function processorMsOf(pids: readonly number[]): Promise<number> {
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8')));
  return texts.map(fieldsOf).reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) * 10, 0);
}

/** The fields of `stat` after the program's name, which may hold anything. */
function fieldsOf(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
