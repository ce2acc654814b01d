import { createHash } from 'node:crypto';
import { GunInvalidError, parseGun } from '../../tuf/index.ts';
import { type CheckedFile, CollectionCheck, type CollectionProblem } from '../store/collection-check.ts';
import type { ImportedChange, ImportedFile } from '../store/import-files.ts';
import type { OriginalChange, OriginalFile, OriginalStore } from './original-store.ts';

/** What an original has under one name. */
export interface OriginalCollection {
  readonly gun: string;
  readonly files: readonly OriginalFile[];
  readonly changes: readonly OriginalChange[];
}

/** A collection whose rows were read and checked. */
export interface CheckedCollection {
  readonly gun: string;
  readonly files: readonly ImportedFile[];
  readonly changes: readonly ImportedChange[];
  /** Rows that the original had deleted, which it does not show either. */
  readonly deletedRows: number;
  /** Of rows that are left out, and of history; none of them hinders a client that comes for the first time. */
  readonly warnings: readonly CollectionProblem[];
  /** Why none of it can be taken. */
  readonly refusal: string | undefined;
}

/** Rows whose bytes are read at once. */
const CHUNK = 50;

/**
 * Reads one collection and checks each row as it is read, then the whole: what is current must verify as it would for a client
 * that comes for the first time. A row of history that is broken is left out; one that is the newest of its role refuses all.
 */
export async function checkOriginal(
  store: OriginalStore,
  { gun, files, changes }: OriginalCollection,
  now: Date,
): Promise<CheckedCollection> {
  const present = files.filter(({ isDeleted }) => !isDeleted);
  const read: ImportedFile[] = [];
  const result = {
    gun,
    files: read,
    changes: changes.map(changeOf),
    deletedRows: files.length - present.length,
  };
  const check = openCheck(gun, now);
  if (!check) return { ...result, files: [], warnings: [], refusal: 'no valid name of a collection' };
  const newest = newestVersions(present);
  for (let at = 0; at < present.length; at += CHUNK) {
    const rows = present.slice(at, at + CHUNK);
    const data = await store.data(rows.map(({ id }) => id));
    for (const row of rows) {
      const file = fileOf(row, data.get(row.id) ?? Buffer.alloc(0));
      const problem = check.add(file);
      if (problem === undefined) read.push({ ...file, storedAt: row.createdAt });
      else if (newest.get(row.role) === row.version)
        return { ...result, files: [], warnings: [], refusal: `${row.role} version ${row.version}: ${problem}` };
    }
  }
  const byHash = new Map(read.map(({ sha256, bytes }) => [sha256, bytes]));
  const problems = await check.finish(async (sha256) => byHash.get(sha256));
  const fatal = problems.find(({ isCurrent }) => isCurrent);
  const refusal = present.length === 0 ? 'nothing is left of it' : fatal && `${fatal.role}: ${fatal.problem}`;
  return { ...result, warnings: problems.filter(({ isCurrent }) => !isCurrent), refusal };
}

function openCheck(gun: string, now: Date): CollectionCheck | undefined {
  try {
    return new CollectionCheck(parseGun(gun), now);
  } catch (thrown) {
    if (thrown instanceof GunInvalidError) return undefined;
    throw thrown;
  }
}

function newestVersions(files: readonly OriginalFile[]): ReadonlyMap<string, number> {
  const newest = new Map<string, number>();
  for (const { role, version } of files) newest.set(role, Math.max(version, newest.get(role) ?? 0));
  return newest;
}

function fileOf({ role, version, sha256 }: OriginalFile, bytes: Buffer): CheckedFile {
  return { role, version, sha256: sha256 ?? createHash('sha256').update(bytes).digest('hex'), bytes };
}

/** The original writes 0 and nothing where ours has no version and no hash. */
function changeOf({ id, category, version, sha256, createdAt }: OriginalChange): ImportedChange {
  const isUpdate = category === 'update';
  return { id, category, version: isUpdate ? version : null, sha256: isUpdate ? sha256 : null, storedAt: createdAt };
}
