import { open } from 'node:fs/promises';
import type { ServiceRecord } from '../../sandbox/index.ts';
import { type Output, printLine } from '../io.ts';

const POLL_MS = 100;
const READ_BYTES = 64 * 1024;

/** Prints each line of the services' logs, those there and, until `signal` aborts, those to come. */
export async function followLogs(services: readonly ServiceRecord[], out: Output, signal: AbortSignal): Promise<void> {
  const readers = services.map((service) => new LogReader(service));
  while (!signal.aborted) {
    await printNew(readers, services, out);
    await pause(signal);
  }
}

/** Prints the last `tail` lines of each service's log, all when undefined. */
export async function printLogs(
  services: readonly ServiceRecord[],
  out: Output,
  tail: number | undefined,
): Promise<void> {
  const width = nameWidth(services);
  for (const service of services) {
    const lines = await new LogReader(service).read();
    for (const line of tail === undefined ? lines : lines.slice(Math.max(0, lines.length - tail))) {
      printLine(out, formatLine(service, width, line));
    }
  }
}

async function printNew(readers: readonly LogReader[], services: readonly ServiceRecord[], out: Output): Promise<void> {
  const width = nameWidth(services);
  for (const reader of readers) {
    for (const line of await reader.read()) printLine(out, formatLine(reader.service, width, line));
  }
}

function nameWidth(services: readonly ServiceRecord[]): number {
  return Math.max(0, ...services.map(({ containerName }) => containerName.length));
}

/** `sandboxregistry  | 12:00:01 info request method=GET …` from one JSON line of a log. */
function formatLine({ containerName }: ServiceRecord, width: number, line: string): string {
  return `${containerName.padEnd(width)}  | ${formatEntry(line)}`;
}

function formatEntry(line: string): string {
  try {
    const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const rest = Object.entries(fields).map(
      ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return `${time} ${level} ${msg}${rest.join('')}`;
  } catch {
    return line; // a line that was cut: shown as it is
  }
}

/** Reads whole lines that were appended since the last time. */
class LogReader {
  readonly service: ServiceRecord;
  #offset = 0;

  constructor(service: ServiceRecord) {
    this.service = service;
  }

  async read(): Promise<string[]> {
    const file = await open(this.service.log, 'r').catch(() => undefined);
    if (!file) return [];
    await using _ = file;
    const chunks: Buffer[] = [];
    for (let position = this.#offset; ; ) {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(READ_BYTES), position });
      if (bytesRead === 0) break;
      chunks.push(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    const bytes = Buffer.concat(chunks);
    const end = bytes.lastIndexOf('\n') + 1;
    this.#offset += end;
    return bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, POLL_MS);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
