import { lstat, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { TrustSandboxError } from '../../core/index.ts';
import { ensureFolder } from '../../files/index.ts';
import { readClockOffset, writeClockOffset } from '../clock/clock-file.ts';
import type { ProjectPaths } from '../project.ts';
import { mirrorFolder } from './copy-state.ts';

declare const nameBrand: unique symbol;
/** Name of a snapshot. Only `parseSnapshotName` makes one. */
export type SnapshotName = string & { readonly [nameBrand]: true };

/** Text that can't name a snapshot. */
export class SnapshotNameError extends TrustSandboxError {
  readonly code = 'SANDBOX_SNAPSHOT_NAME';
}

/** There is no snapshot of that name. */
export class SnapshotUnknownError extends TrustSandboxError {
  readonly code = 'SANDBOX_SNAPSHOT_UNKNOWN';
}

/** There is one of that name. */
export class SnapshotExistsError extends TrustSandboxError {
  readonly code = 'SANDBOX_SNAPSHOT_EXISTS';
}

const infoSchema = v.object({
  version: v.literal(1),
  /** By the project's clock. */
  takenAt: v.string(),
  services: v.array(v.string()),
  /** False when a write was still going on after all patience: that one may be in it half. */
  isQuiet: v.boolean(),
});

/** What a snapshot says of itself. */
export type SnapshotInfo = v.InferOutput<typeof infoSchema> & { readonly name: string };

/** What of a project is its state: volumes, what services and their shells keep, keys and all; and the time. */
const STATE = ['volumes', 'services'] as const;
const INFO = 'snapshot.json';
const RESTORING = 'restoring';
/** Made anew at each start, or a log of what happened, which a restore does not undo. */
const SKIPPED = /^[^/]+\/(?:log|tls|state|[^/]+\.sock)$/;

/** @throws {SnapshotNameError} */
export function parseSnapshotName(text: string): SnapshotName {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/.test(text)) {
    throw new SnapshotNameError(
      `invalid snapshot name ${JSON.stringify(text)}: want letters, digits, "_", "." and "-"`,
    );
  }
  return text as SnapshotName;
}

/**
 * Copies the project's state under a name; nothing may be writing. It is there whole or not at all.
 * @throws {SnapshotExistsError}
 */
export async function saveSnapshot(
  paths: ProjectPaths,
  info: SnapshotInfo & { readonly name: SnapshotName },
): Promise<void> {
  const target = paths.snapshot(info.name);
  if (await isThere(target))
    throw new SnapshotExistsError(`there is a snapshot ${info.name}; snapshot delete ${info.name} removes it`);
  const draft = paths.snapshot(`.${info.name}.${process.pid}`);
  await rm(draft, { recursive: true, force: true });
  try {
    await copyState(paths, draft);
    await writeFile(join(draft, INFO), `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, target);
  } catch (thrown) {
    await rm(draft, { recursive: true, force: true });
    throw thrown;
  }
}

/** Copies a project's state to a folder that holds nothing: a snapshot, or a project of another name. */
export async function copyState(paths: ProjectPaths, target: string): Promise<void> {
  await ensureFolder(target, 0o700);
  for (const part of STATE) {
    const source = join(paths.root, part);
    if (await isThere(source))
      await mirrorFolder(source, join(target, part), (path) => part === 'services' && SKIPPED.test(path));
  }
  await writeClockOffset(join(target, 'clock', 'offset'), readClockOffset(paths.clock));
}

/**
 * Puts the project's state back; no service may run. It is noted first, so that one that was cut short is done again by
 * `finishRestore`.
 * @throws {SnapshotUnknownError}
 */
export async function restoreSnapshot(paths: ProjectPaths, name: SnapshotName): Promise<void> {
  await getSnapshot(paths, name);
  await writeFile(join(paths.root, RESTORING), name, { mode: 0o600 });
  await finishRestore(paths);
}

/** Does a restore that was begun and not ended. Tells its name, where there was one. */
export async function finishRestore(paths: ProjectPaths): Promise<string | undefined> {
  const marker = join(paths.root, RESTORING);
  const text = await readFile(marker, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const source = paths.snapshot(parseSnapshotName(text));
  for (const part of STATE) {
    const from = join(source, part);
    if (await isThere(from))
      await mirrorFolder(from, join(paths.root, part), (path) => part === 'services' && SKIPPED.test(path));
  }
  await writeClockOffset(paths.clock, readClockOffset(join(source, 'clock', 'offset')));
  await rm(marker);
  return text;
}

/** Oldest first. */
export async function listSnapshots(paths: ProjectPaths): Promise<SnapshotInfo[]> {
  const folder = dirname(paths.snapshot('x'));
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'));
  const found = await Promise.all(names.map((name) => readInfo(paths, name)));
  return found.filter((info) => info !== undefined).sort((a, b) => (a.takenAt < b.takenAt ? -1 : 1));
}

/** @throws {SnapshotUnknownError} */
export async function deleteSnapshot(paths: ProjectPaths, name: SnapshotName): Promise<void> {
  await getSnapshot(paths, name);
  await rm(paths.snapshot(name), { recursive: true, force: true });
}

async function getSnapshot(paths: ProjectPaths, name: SnapshotName): Promise<SnapshotInfo> {
  const info = await readInfo(paths, name);
  if (info) return info;
  const known = (await listSnapshots(paths)).map((other) => other.name).join(', ');
  throw new SnapshotUnknownError(`no such snapshot: ${name}; there ${known ? `are ${known}` : 'is none'}`);
}

async function readInfo(paths: ProjectPaths, name: string): Promise<SnapshotInfo | undefined> {
  try {
    return { ...v.parse(infoSchema, JSON.parse(await readFile(join(paths.snapshot(name), INFO), 'utf8'))), name };
  } catch {
    return undefined; // no snapshot, or one of another version
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
