import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { GunInvalidError, parseGun } from '../../tuf/index.ts';
import { CollectionCheck, type CollectionProblem } from '../store/collection-check.ts';
import {
  BACKUP_FORMAT,
  BACKUP_VERSION,
  BackupInvalidError,
  parseLine,
  parseRow,
  type TableName,
} from './backup-format.ts';

export interface BackupRow {
  readonly table: TableName;
  readonly row: Readonly<Record<string, unknown>>;
}

/** What a backup that was read to its end has. */
export interface BackupReport {
  readonly createdAt: string;
  readonly migrations: readonly string[];
  readonly rows: number;
  readonly collections: number;
  /** What was wrong with collections when they were written; rows that are damaged are an error instead. */
  readonly problems: readonly (CollectionProblem & { readonly gun: string })[];
}

/** A line that has a file of metadata: 100 MiB at most, in base64. */
const MAX_LINE = 160 * 1024 * 1024;

/**
 * Reads the rows of a backup, and at its end checks that all of them were there.
 * @throws {BackupInvalidError} thrown at the end at the latest: what was given before it is not to be kept
 */
export async function* readBackup(
  path: string,
): AsyncGenerator<BackupRow, Omit<BackupReport, 'collections' | 'problems'>> {
  const hash = createHash('sha256');
  let header: { createdAt: string; migrations: string[] } | undefined;
  let [rows, isWhole] = [0, false];
  for await (const line of linesOf(path)) {
    if (isWhole) throw new BackupInvalidError('there is something after its end');
    if (!header) header = parseHeader(line);
    else if (line.startsWith('{"rows":')) {
      isWhole = isEnd(line, rows, hash.copy().digest('hex'));
      if (!isWhole) throw new BackupInvalidError('it is damaged: its hash is another one');
    } else {
      rows += 1;
      yield parseRow(line);
    }
    hash.update(`${line}\n`);
  }
  if (!header || !isWhole) throw new BackupInvalidError('it ends before its end');
  return { ...header, rows };
}

/** Reads a backup to its end and checks every collection in it. @throws {BackupInvalidError} */
export async function checkBackup(path: string, now: Date): Promise<BackupReport> {
  const problems: BackupReport['problems'][number][] = [];
  let collections = 0;
  let current: { gun: string; check: CollectionCheck; bytes: Map<string, Buffer> } | undefined;
  const finish = async (): Promise<void> => {
    if (!current) return;
    const { gun, check, bytes } = current;
    for (const problem of await check.finish(async (sha256) => bytes.get(sha256))) problems.push({ gun, ...problem });
    collections += 1;
    current = undefined;
  };
  const lines = readBackup(path);
  for (;;) {
    const next = await lines.next();
    if (next.done) {
      await finish();
      return { ...next.value, collections, problems };
    }
    const { table, row } = next.value;
    if (table !== 'tuf_files') continue;
    const { gun, role, version, sha256, data } = row;
    if (typeof gun !== 'string' || typeof role !== 'string' || typeof sha256 !== 'string' || !Buffer.isBuffer(data))
      throw new BackupInvalidError('a row of tuf_files has not what it should have');
    if (current?.gun !== gun) {
      await finish();
      current = { gun, check: openCheck(gun, now), bytes: new Map() };
    }
    const file = { role, version: Number(version), sha256, bytes: data };
    if (createHash('sha256').update(data).digest('hex') !== sha256)
      throw new BackupInvalidError(`${role} version ${version} of ${gun} does not have its hash`);
    current.check.add(file);
    current.bytes.set(sha256, data);
  }
}

function openCheck(gun: string, now: Date): CollectionCheck {
  try {
    return new CollectionCheck(parseGun(gun), now);
  } catch (thrown) {
    if (thrown instanceof GunInvalidError) throw new BackupInvalidError(thrown.message);
    throw thrown;
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const text = createGunzip();
  file.on('error', (error) => text.destroy(error));
  file.pipe(text);
  try {
    for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.length > MAX_LINE) throw new BackupInvalidError('a line is too long');
      yield line;
    }
    if (text.errored) throw text.errored;
  } catch (thrown) {
    const { code } = thrown as { code?: unknown };
    if (typeof code === 'string' && (code.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE'))
      throw new BackupInvalidError('it is not gzipped, or cut off', { cause: thrown });
    throw thrown;
  } finally {
    file.destroy();
    text.destroy();
  }
}

function parseHeader(line: string): { createdAt: string; migrations: string[] } {
  const { format, version, createdAt, migrations } = parseLine(line);
  if (format !== BACKUP_FORMAT) throw new BackupInvalidError('it is no backup of a Notary server');
  if (version !== BACKUP_VERSION) throw new BackupInvalidError(`it is of version ${version}: want ${BACKUP_VERSION}`);
  if (
    typeof createdAt !== 'string' ||
    !Array.isArray(migrations) ||
    !migrations.every((each) => typeof each === 'string')
  )
    throw new BackupInvalidError('its first line is not whole');
  return { createdAt, migrations };
}

function isEnd(line: string, rows: number, sha256: string): boolean {
  const end = parseLine(line);
  return end.rows === rows && end.sha256 === sha256;
}
