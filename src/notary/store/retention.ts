import { ROOT, SNAPSHOT, TIMESTAMP } from '../../tuf/index.ts';

/** How much history to keep; a version that either of them keeps is kept. With neither all of it is. */
export interface Retention {
  /** Newest versions of each role, at least 1. */
  readonly keepVersions: number | undefined;
  /** Versions that were current this many milliseconds ago, or since. */
  readonly keepMs: number | undefined;
}

/** What the decision needs to know of a stored version. */
export interface RetainedFile {
  readonly id: number;
  readonly role: string;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** A client that read a timestamp still comes for the snapshot and the targets it names. */
const GRACE_MS = 60 * 60 * 1000;

/**
 * Decides which versions of one collection are forgotten. Kept are: what is current; every root, for clients walk the chain of
 * them (TUF v1.0.34 §5.3); what the retention keeps; what was replaced within the last hour; and what a kept timestamp or a
 * kept snapshot names, by hash.
 * @param referencesOf SHA-256, in lower-case hex, of the files that a timestamp or snapshot names
 */
export function decideForgotten(
  files: readonly RetainedFile[],
  { keepVersions, keepMs }: Retention,
  now: Date,
  referencesOf: (file: RetainedFile) => readonly string[],
): readonly RetainedFile[] {
  if (keepVersions === undefined && keepMs === undefined) return [];
  const kept = new Set<RetainedFile>();
  const currentSince = now.getTime() - Math.max(keepMs ?? 0, GRACE_MS);
  for (const versions of byRole(files).values()) {
    versions.forEach((file, index) => {
      const replacedAt = versions[index - 1]?.storedAt ?? Number.POSITIVE_INFINITY;
      const isNew = index < Math.max(keepVersions ?? 1, 1);
      if (isNew || file.role === ROOT || replacedAt >= currentSince) kept.add(file);
    });
  }
  const named = new Set<string>();
  for (const role of [TIMESTAMP, SNAPSHOT]) {
    for (const file of files) {
      if (file.role !== role || !(kept.has(file) || named.has(file.sha256))) continue;
      for (const sha256 of referencesOf(file)) named.add(sha256);
    }
  }
  return files.filter((file) => !kept.has(file) && !named.has(file.sha256));
}

/** Newest first. */
function byRole(files: readonly RetainedFile[]): Map<string, RetainedFile[]> {
  const roles = new Map<string, RetainedFile[]>();
  for (const file of files) {
    const versions = roles.get(file.role);
    if (versions) versions.push(file);
    else roles.set(file.role, [file]);
  }
  for (const versions of roles.values()) versions.sort((a, b) => b.version - a.version);
  return roles;
}
