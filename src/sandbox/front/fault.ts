import { TrustSandboxError } from '../../core/index.ts';
import { parseDuration } from '../../settings/index.ts';
import type { ExchangeRequest } from './exchange.ts';

/** What is done to the requests of a service that `matches`. Several may be done to one request. */
export interface Fault {
  readonly match: FaultMatch;
  /** Milliseconds before the service has the request. */
  readonly latencyMs?: number;
  /** Answered in the service's place. */
  readonly status?: number;
  /** Share of requests whose connection ends without an answer, 0 to 1. */
  readonly drop?: number;
  /** The connection ends after this many bytes of the answer's body; `half` of it where its length is known. */
  readonly truncate?: number | 'half';
  /** Bytes of the answer per second. */
  readonly bytesPerSecond?: number;
  /** How many requests it is done to before it is over; for ever when absent. */
  readonly times?: number;
}

/** Which requests; what is absent goes for all. `*` in a pattern stands for anything. */
export interface FaultMatch {
  readonly method?: string;
  /** Pattern of the path, without its query. */
  readonly route?: string;
  /** Pattern of the User-Agent: which program asks. */
  readonly client?: string;
  /** Pattern of a service's name: from which box it is asked. Requests of the host are from none. */
  readonly from?: string;
}

/** Text that is no fault. */
export class FaultInvalidError extends TrustSandboxError {
  readonly code = 'SANDBOX_FAULT_INVALID';
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 1000, mb: 1_000_000, kib: 1024, mib: 1024 * 1024 };
export const FAULT_EXAMPLES =
  'latency=300ms, status=503, drop=10%, truncate, truncate=100, slow=1KB/s; and from=SERVICE, route=/v2/*, method=GET, client=docker*, times=3';

/** Reads words like `latency=300ms`, `status=503`, `drop=10%`, `truncate`, `slow=1KB/s`, `route=…`. @throws {FaultInvalidError} */
export function parseFault(words: readonly string[]): Fault {
  const fault: { -readonly [K in keyof Fault]: Fault[K] } = { match: {} };
  const match: { -readonly [K in keyof FaultMatch]: FaultMatch[K] } = {};
  for (const word of words) {
    const [name = '', value = ''] = splitOnce(word);
    if (name === 'latency') fault.latencyMs = readDuration(value, word);
    else if (name === 'status') fault.status = readInteger(value, { min: 200, max: 599 }, word);
    else if (name === 'drop') fault.drop = readShare(value, word);
    else if (name === 'truncate')
      fault.truncate = value === '' ? 'half' : readInteger(value, { min: 0, max: 2 ** 40 }, word);
    else if (name === 'slow') fault.bytesPerSecond = readRate(value, word);
    else if (name === 'times') fault.times = readInteger(value, { min: 1, max: 1_000_000 }, word);
    else if ((name === 'route' || name === 'client' || name === 'from' || name === 'method') && value !== '')
      match[name] = name === 'method' ? value.toUpperCase() : value;
    else fail(word);
  }
  fault.match = match;
  if (!['latencyMs', 'status', 'drop', 'truncate', 'bytesPerSecond'].some((name) => Object.hasOwn(fault, name)))
    fail(words.join(' '));
  return fault;
}

/** The words again. */
export function formatFault({ match, latencyMs, status, drop, truncate, bytesPerSecond, times }: Fault): string {
  const words = [
    latencyMs !== undefined && `latency=${latencyMs}ms`,
    status !== undefined && `status=${status}`,
    drop !== undefined && `drop=${Number((drop * 100).toFixed(4))}%`,
    truncate !== undefined && (truncate === 'half' ? 'truncate' : `truncate=${truncate}`),
    bytesPerSecond !== undefined && `slow=${bytesPerSecond}B/s`,
    match.method !== undefined && `method=${match.method}`,
    match.route !== undefined && `route=${match.route}`,
    match.client !== undefined && `client=${match.client}`,
    match.from !== undefined && `from=${match.from}`,
    times !== undefined && `times=${times}`,
  ];
  return words.filter((word) => word !== false).join(' ');
}

export function isMatch({ method, route, client, from }: FaultMatch, request: ExchangeRequest): boolean {
  if (method !== undefined && method !== request.method) return false;
  if (route !== undefined && !isLike(request.path, route)) return false;
  if (from !== undefined && !(request.from !== undefined && isLike(request.from, from))) return false;
  return client === undefined || isLike(request.userAgent, client);
}

/** Whether `*` in `pattern` can stand for what `text` has there. A pattern is at most a command's argument long, and each of its stars is taken in turn: no backtracking. */
export function isLike(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return text === pattern;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length >= at + last.length && text.endsWith(last);
}

function splitOnce(word: string): [string, string?] {
  const at = word.indexOf('=');
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

function readDuration(text: string, word: string): number {
  const ms = parseDuration(text);
  return ms === undefined || ms < 0 ? fail(word) : ms;
}

function readInteger(text: string, { min, max }: { min: number; max: number }, word: string): number {
  const value = /^\d{1,13}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : fail(word);
}

function readShare(text: string, word: string): number {
  const [, number, percent] = /^(\d{1,3}(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  const share = number === undefined ? Number.NaN : Number(number) / (percent ? 100 : 1);
  return share >= 0 && share <= 1 ? share : fail(word);
}

function readRate(text: string, word: string): number {
  const [, number, unit = ''] = /^(\d{1,9}(?:\.\d+)?)([kKmM]?[iI]?[bB]?)\/s$/.exec(text) ?? [];
  const rate = Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
  return rate >= 1 ? rate : fail(word);
}

function fail(word: string): never {
  throw new FaultInvalidError(`${JSON.stringify(word)} is no fault: want ${FAULT_EXAMPLES}`);
}
