import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../core/index.ts';
import type { LogEntry, LogRequest } from '../../engine/index.ts';

const POLL_MS = 100;
const READ_BYTES = 64 * 1024;
const MAX_LINE_CHARACTERS = 1024 * 1024;
const STDERR_LEVELS: ReadonlySet<string> = new Set(['warn', 'error', 'fatal']);

/** A log file of JSON lines as a container's log: what was there, then, if asked for, what comes until `ended` aborts. */
export async function* readLog(path: string, request: LogRequest, ended: AbortSignal): AsyncGenerator<LogEntry> {
  const { follows, tail, since, until, signal } = request;
  const reader = new LogFile(path);
  const isWanted = ({ at }: LogEntry): boolean => (!since || at >= since) && (!until || at <= until);
  let last: LogEntry[] = [];
  for await (const entry of reader.newEntries()) {
    if (!isWanted(entry)) continue;
    if (tail === undefined) yield entry;
    else last.push(entry);
    if (tail !== undefined && last.length > tail * 2 + 1) last = last.slice(-tail || last.length);
  }
  if (tail !== undefined) yield* tail === 0 ? [] : last.slice(-tail);
  while (follows && !signal.aborted) {
    const isLast = ended.aborted;
    for await (const entry of reader.newEntries()) {
      if (until && entry.at > until) return;
      if (isWanted(entry)) yield entry;
    }
    if (isLast) return;
    await pause(AbortSignal.any([signal, ended]));
  }
}

/** Whole lines that were appended to a file since it was last asked. */
class LogFile {
  readonly #path: string;
  readonly #decoder = new StringDecoder('utf8');
  #offset = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  async *newEntries(): AsyncGenerator<LogEntry> {
    const file = await open(this.#path, 'r').catch(() => undefined);
    if (!file) return;
    await using _ = file;
    while (true) {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(READ_BYTES), position: this.#offset });
      if (bytesRead === 0) return;
      this.#offset += bytesRead;
      const lines = (this.#rest + this.#decoder.write(buffer.subarray(0, bytesRead))).split('\n');
      this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARACTERS);
      for (const line of lines) yield parseEntry(line);
    }
  }
}

/** `info request method=GET …`, and the time beside it, of one JSON line; another line as it is. */
function parseEntry(line: string): LogEntry {
  const value = tryParse(line);
  if (!value) return { stream: 'stdout', at: new Date(0), text: line };
  const { time, level, msg, ...fields } = value;
  const rest = Object.entries(fields).map(([key, field]) => ` ${key}=${textOf(field)}`);
  const at = new Date(typeof time === 'string' ? time : 0);
  return {
    stream: STDERR_LEVELS.has(textOf(level)) ? 'stderr' : 'stdout',
    at: Number.isNaN(at.getTime()) ? new Date(0) : at,
    text: `${textOf(level)} ${textOf(msg)}${rest.join('')}`,
  };
}

function tryParse(line: string): JsonObject | undefined {
  try {
    const value = parseJson(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // a line that was cut
  }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(settle, POLL_MS);
    signal.addEventListener('abort', settle, { once: true });
    function settle(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', settle);
      resolve();
    }
  });
}
