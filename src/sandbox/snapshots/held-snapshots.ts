import { readdir } from 'node:fs/promises';
import { TrustSandboxError } from '../../core/index.ts';
import { ensureFolder } from '../../files/index.ts';
import type { ProjectPaths } from '../project.ts';
import type { Sandbox } from '../sandbox.ts';
import { copyState, restoreSnapshot, type SnapshotInfo, type SnapshotName, saveSnapshot } from './snapshots.ts';

/** How long writes that are going on are waited for. */
const PATIENCE_MS = 10_000;

/** A project is to be made where there is one. */
export class ProjectExistsError extends TrustSandboxError {
  readonly code = 'SANDBOX_PROJECT_EXISTS';
}

/** Saves the state of services that run, at one instant: their requests wait meanwhile. */
export async function saveHeld(sandbox: Sandbox, paths: ProjectPaths, name: SnapshotName): Promise<SnapshotInfo> {
  return sandbox.whileHeld(PATIENCE_MS, async (isQuiet) => {
    const services = sandbox.record.services.map((service) => service.name);
    const info = { version: 1, name, takenAt: sandbox.clock.now().toISOString(), services, isQuiet } as const;
    await saveSnapshot(paths, info);
    sandbox.events.add({ service: '', kind: 'snapshot', facts: { name, isQuiet } });
    return info;
  });
}

/** Puts a state back under services that run: they stop, and those that ran start again. */
export async function restoreHeld(sandbox: Sandbox, paths: ProjectPaths, name: SnapshotName): Promise<void> {
  const running = sandbox.record.services.filter(({ state }) => state === 'running').map((service) => service.name);
  await sandbox.stopServices();
  try {
    await restoreSnapshot(paths, name);
    await sandbox.readClock();
  } finally {
    await sandbox.startServices(running);
  }
  sandbox.events.add({ service: '', kind: 'restore', facts: { name } });
}

/** Copies the state to a project of another name, which must not be there. @throws {ProjectExistsError} */
export async function forkHeld(sandbox: Sandbox | undefined, paths: ProjectPaths, target: ProjectPaths): Promise<void> {
  const present = await readdir(target.root).catch(() => []);
  if (present.length > 0)
    throw new ProjectExistsError(
      `there is a project ${target.project}, at ${target.root}: choose another name, or remove it (down -v)`,
    );
  await ensureFolder(target.root, 0o700);
  if (!sandbox) return copyState(paths, target.root);
  await sandbox.whileHeld(PATIENCE_MS, () => copyState(paths, target.root));
}
