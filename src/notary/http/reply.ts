import type { StoredFile } from '../store/metadata-store.ts';
import { WireError } from '../wire-error.ts';

/** An answer as data. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** Seconds that caches may keep metadata: the current file of a role, and a file named by hash or version. */
export interface CacheAges {
  readonly current: number;
  readonly consistent: number;
}
export const DEFAULT_CACHE_AGES: CacheAges = { current: 300, consistent: 2_592_000 };

const TEXT = 'text/plain; charset=utf-8'; // what Go makes of a body whose type nobody set
const JSON_TYPE = 'application/json; charset=utf-8';

export function textReply(body: Buffer | string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, headers: { ...headers, 'content-type': TEXT, 'content-length': lengthOf(body) }, body };
}

/** 200 with nothing in it. */
export const EMPTY_REPLY: Reply = { status: 200, headers: { 'content-length': '0' }, body: '' };

/** For what is no request, as Go's server answers it. */
export const BAD_REQUEST: Reply = {
  status: 400,
  headers: { 'content-type': TEXT, connection: 'close', 'content-length': '15' },
  body: '400 Bad Request',
};

/** For methods that no path has. */
export const METHOD_NOT_ALLOWED: Reply = { status: 405, headers: { 'content-length': '0' }, body: '' };

export function redirectReply(location: string): Reply {
  return { status: 301, headers: { location, 'content-length': '0' }, body: '' };
}

export function jsonReply(body: string, status = 200): Reply {
  return { status, headers: { 'content-type': JSON_TYPE, 'content-length': lengthOf(body) }, body };
}

export function errorReply(error: WireError): Reply {
  const { status, headers, body } = jsonReply(error.body, error.status);
  return { status, headers: { ...headers, ...error.headers }, body };
}

/** A stored file, its bytes as they were stored. */
export function fileReply(file: StoredFile | undefined, maxAge: number, mustRevalidate: boolean): Reply {
  if (!file) throw new WireError('METADATA_NOT_FOUND', {});
  return textReply(file.bytes, { ...cacheHeaders(maxAge, mustRevalidate), 'last-modified': file.lastModified });
}

function cacheHeaders(maxAge: number, mustRevalidate: boolean): Record<string, string> {
  if (maxAge <= 0) return { 'cache-control': 'max-age=0, no-cache, no-store', pragma: 'no-cache' };
  const value = `public, max-age=${maxAge}, s-maxage=${maxAge}${mustRevalidate ? ', must-revalidate' : ''}`;
  return { 'cache-control': value };
}

function lengthOf(body: Buffer | string): string {
  return String(Buffer.byteLength(body));
}
