import type { Readable, Writable } from 'node:stream';
import type { StorageKey } from './storage-key.ts';

/** What is known about an object without reading it. */
export interface ObjectStat {
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  /** Opaque; differs whenever the content was replaced or changed in place. What was made from the content may be kept by it. */
  readonly version: string;
}

/** Part of an object, in bytes. `length` beyond the end reads to the end. */
export interface ReadRange {
  readonly offset?: number;
  readonly length?: number;
}

/** Writes on to the end of an object. */
export interface Appender extends Writable {
  /**
   * Once it has finished: the version that `appended` tells as long as nobody else has written. Left out by stores that
   * keep others away by `lock`.
   */
  readonly version?: string | undefined;
}

/**
 * Flat byte store under blobs, uploads and links. Offsets are bytes. A key names an object or, as the beginning of other
 * keys, a folder; folders come with what is in them, and an empty one means nothing. Many processes may work on one
 * store: nothing is remembered between calls. Every driver runs `describeStorageDriver`.
 *
 * An object that is being appended to is seen by `appended`, and by the others when the store can do no less: `seal` makes
 * it an object for them all.
 */
export interface StorageDriver {
  /** `undefined` when there is no object under `key` (a folder is none). */
  stat(key: StorageKey): Promise<ObjectStat | undefined>;
  /**
   * The `version` that `stat` would give, at once. Left out by stores that cannot tell within microseconds.
   */
  versionNow?(key: StorageKey): string | undefined;
  /**
   * Differs whenever a direct child of the folder appeared or went; `undefined` without a folder, and while it changed so
   * lately that another change might not show. At once; left out by stores that cannot tell within microseconds.
   */
  folderVersionNow?(folder: StorageKey): string | undefined;
  /**
   * The object's bytes from `range.offset` on; none from an offset at or past the end.
   * @throws {KeyNotFoundError} before the first chunk
   */
  read(key: StorageKey, range?: ReadRange): Promise<Readable>;
  /**
   * As `read`, for one who passes the bytes on: each chunk's memory is used again when `take` has resolved, which is a
   * quarter faster. Ends with what `take` throws. Left out by stores that give the memory themselves.
   * @throws {KeyNotFoundError} before the first chunk
   */
  send?(key: StorageKey, range: ReadRange, take: (chunk: Buffer) => Promise<void>): Promise<void>;
  /**
   * All or nothing, and durable once it resolves: readers see the old object until `source` has ended, then the new
   * one. A source that throws, an abort or a crash leaves the old state.
   */
  write(
    key: StorageKey,
    source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>;
  /**
   * Continues an object after its first `offset` bytes, cutting off what lies beyond; offset 0 begins it. What was
   * written before a crash or a destroy may stay, so `appended` tells where to go on. There for `appended` when `finish`
   * has fired, durable after a `move`. One writer to a key at a time.
   * @throws {KeyNotFoundError} offset > 0 and no such object, or a shorter one
   */
  append(key: StorageKey, offset: number): Promise<Appender>;
  /** How far `append` has come, or any other object; `undefined` when there is neither. */
  appended(key: StorageKey): Promise<ObjectStat | undefined>;
  /**
   * Lets `stat` and `read` see what was appended so far; it may be appended to and moved all the same. Answers what `read`
   * gives from now on, `undefined` when there is nothing.
   * @throws {ObjectChangedError} somebody else was quicker
   */
  seal(key: StorageKey): Promise<ObjectStat | undefined>;
  /**
   * Makes the object durable and gives it another key, in one step for readers of `to`, replacing what was there.
   * @throws {KeyNotFoundError} nothing under `from`
   * @throws {ObjectChangedError} what is there is no longer the `version` that `appended` told
   */
  move(from: StorageKey, to: StorageKey, options?: { readonly version?: string }): Promise<void>;
  /**
   * A URL at which whoever has it may GET the object for a while, without going through here. Left out by stores that
   * nobody else can reach.
   */
  redirect?(key: StorageKey): Promise<string>;
  /** Direct children of `folder`, objects and folders, in code-point order; none is not an error. */
  list(folder: StorageKey): AsyncIterable<StorageKey>;
  /** Removes the object, or everything in the folder. Succeeds when it is already gone. */
  delete(key: StorageKey): Promise<void>;
  /**
   * Keeps other processes out of what is done to `key`, and what is in it, until disposed of; only those that ask for the
   * same lock. Left out by stores that have no such thing.
   * @throws the signal's reason, when it was aborted before the lock was free
   */
  lock?(key: StorageKey, signal?: AbortSignal): Promise<AsyncDisposable>;
  /** Removes what crashes have left of writes that never ended, if it is older than that. Left out where nothing is left. */
  reap?(before: Date): Promise<void>;
}
