import { readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeApp } from '../../../http/index.ts';
import type { HostContainer } from '../../host/container.ts';
import type { EngineHost } from '../../host/host.ts';
import { bytesReply, jsonReply } from '../reply.ts';
import { abortOnClose } from '../request.ts';
import type { EngineApiSettings } from '../settings.ts';
import { getContainer } from './lookup.ts';

/** What processes use now: processor time and memory, in nanoseconds and bytes. */
interface Usage {
  readonly at: Date;
  readonly cpu: number;
  readonly system: number;
  readonly memory: number;
  readonly processes: number;
}

const INTERVAL_MS = 1000;
const NANOSECONDS_PER_TICK = 10_000_000;
const NEVER = '0001-01-01T00:00:00Z';
const PAGE_BYTES = 4096;

/**
 * What containers use (Engine API v1.51, `ContainerStats`): once, twice a second apart, or each second. Services share one
 * process, so that each shows all of it; of networks and disks nothing is known.
 */
export function routeStats(app: NodeApp, { host, clock }: EngineApiSettings): void {
  app.get('/containers/:name/stats', async (c) => {
    const container = getContainer(host, c.req.param('name'));
    const isStream = !isNo(c.req.query('stream'));
    const isOneShot = !isStream && !isNo(c.req.query('one-shot') ?? '0');
    const signal = abortOnClose(c);
    const take = (): Promise<Usage> => usageOf(host, container.id, clock.now());
    if (isStream) return bytesReply(Readable.from(lines(host, container, take, signal)), 'application/json');
    const before = isOneShot ? undefined : await take();
    if (before) await sleep(INTERVAL_MS, undefined, { signal });
    return jsonReply(statsJson(container, await take(), before));
  });
}

async function* lines(
  host: EngineHost,
  { id }: HostContainer,
  take: () => Promise<Usage>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let before: Usage | undefined;
  while (!signal.aborted) {
    const container = host.containers().find((one) => one.id === id);
    if (!container) return;
    const now = await take();
    yield `${JSON.stringify(statsJson(container, now, before))}\n`;
    before = now;
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** From /proc; zeros where there is none, or nothing runs. */
async function usageOf(host: EngineHost, id: string, at: Date): Promise<Usage> {
  const isRunning = host.containers().some((one) => one.id === id && one.state === 'running');
  const pids = isRunning ? (await host.processes(id)).map(({ pid }) => pid) : [];
  const used = await Promise.all(pids.map(processUsage));
  const { user, nice, sys, idle, irq } = cpus().reduce(
    (sum, { times }) => ({
      user: sum.user + times.user,
      nice: sum.nice + times.nice,
      sys: sum.sys + times.sys,
      idle: sum.idle + times.idle,
      irq: sum.irq + times.irq,
    }),
    { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 },
  );
  return {
    at,
    cpu: used.reduce((sum, one) => sum + one.cpu, 0),
    system: (user + nice + sys + idle + irq) * 1_000_000,
    memory: used.reduce((sum, one) => sum + one.memory, 0),
    processes: pids.length,
  };
}

async function processUsage(pid: number): Promise<{ cpu: number; memory: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (at: number): number => Number(fields[at] ?? 0);
  return { cpu: (number(11) + number(12)) * NANOSECONDS_PER_TICK, memory: number(21) * PAGE_BYTES };
}

function statsJson({ id, name }: HostContainer, now: Usage, before: Usage | undefined): unknown {
  return {
    name: `/${name}`,
    id,
    read: now.at.toISOString(),
    preread: before?.at.toISOString() ?? NEVER,
    num_procs: 0,
    pids_stats: now.processes === 0 ? {} : { current: now.processes },
    blkio_stats: { io_service_bytes_recursive: null, io_serviced_recursive: null },
    storage_stats: {},
    cpu_stats: cpuJson(now),
    precpu_stats: cpuJson(before),
    memory_stats: now.processes === 0 ? {} : { usage: now.memory, stats: {}, limit: totalmem() },
    networks: {},
  };
}

function cpuJson(usage: Usage | undefined): unknown {
  const throttling = { periods: 0, throttled_periods: 0, throttled_time: 0 };
  const total = { total_usage: usage?.cpu ?? 0, usage_in_kernelmode: 0, usage_in_usermode: usage?.cpu ?? 0 };
  if (!usage) return { cpu_usage: total, throttling_data: throttling };
  return {
    cpu_usage: total,
    system_cpu_usage: usage.system,
    online_cpus: cpus().length,
    throttling_data: throttling,
  };
}

function isNo(value: string | undefined): boolean {
  return value !== undefined && ['', '0', 'no', 'false', 'none'].includes(value.trim().toLowerCase());
}
