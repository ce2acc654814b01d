import { open } from 'node:fs/promises';
import type { ServiceRecord } from '../../sandbox/index.ts';
import { type Output, printLine } from '../io.ts';

const POLL_MS = 100;
const READ_BYTES = 64 * 1024;

/** Which lines of logs are shown, and how. */
export interface LogView {
  /** The container's name before each line. */
  readonly hasPrefix: boolean;
  /** A time before each line, besides the one that is in it. */
  readonly hasTimestamps: boolean;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** The last lines of each service; all when undefined. */
  readonly tail?: number | undefined;
}

/** Prints each line of the services' logs, those there and, until `signal` aborts, those to come. */
export async function followLogs(
  services: readonly ServiceRecord[],
  out: Output,
  signal: AbortSignal,
  view: LogView,
): Promise<void> {
  const readers = services.map((service) => new LogReader(service));
  await printNew(readers, out, view);
  while (!signal.aborted) {
    await pause(signal);
    await printNew(readers, out, { ...view, tail: undefined });
  }
}

/** Prints the lines that are there. */
export async function printLogs(services: readonly ServiceRecord[], out: Output, view: LogView): Promise<void> {
  await printNew(
    services.map((service) => new LogReader(service)),
    out,
    view,
  );
}

async function printNew(readers: readonly LogReader[], out: Output, view: LogView): Promise<void> {
  const width = Math.max(0, ...readers.map(({ service }) => service.containerName.length));
  for (const { service, read } of readers) {
    const lines = (await read()).map(parseLine).filter(({ at }) => isWithin(at, view));
    const { tail } = view;
    for (const { at, text } of tail === undefined ? lines : lines.slice(Math.max(0, lines.length - tail))) {
      const prefix = view.hasPrefix ? `${service.containerName.padEnd(width)}  | ` : '';
      printLine(out, `${prefix}${view.hasTimestamps ? `${at} ` : ''}${text}`);
    }
  }
}

function isWithin(at: string, { since, until }: LogView): boolean {
  if (!since && !until) return true;
  const time = Date.parse(at);
  return !(since && time < since.getTime()) && !(until && time > until.getTime());
}

/** `12:00:01 info request method=GET …` from one JSON line of a log. */
function parseLine(line: string): { readonly at: string; readonly text: string } {
  try {
    const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const rest = Object.entries(fields).map(
      ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return { at: String(time), text: `${time} ${level} ${msg}${rest.join('')}` };
  } catch {
    return { at: '', text: line }; // a line that was cut: shown as it is
  }
}

/** Reads whole lines that were appended since the last time. */
class LogReader {
  readonly service: ServiceRecord;
  #offset = 0;

  constructor(service: ServiceRecord) {
    this.service = service;
  }

  readonly read = async (): Promise<string[]> => {
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
  };
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
