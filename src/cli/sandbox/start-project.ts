import { setTimeout as sleep } from 'node:timers/promises';
import {
  findRecord,
  ProjectStartingError,
  type SandboxRecord,
  sandboxHome,
  startInBackground,
} from '../../sandbox/index.ts';
import { ExitError } from '../command.ts';
import type { Io } from '../io.ts';
import { programFile } from './program-file.ts';
import type { PlannedProject } from './project.ts';
import { readSettings } from './sandbox-settings.ts';

const STARTING_PATIENCE_MS = 15_000;
const POLL_MS = 25;

/** @throws {BackgroundError | ProjectStartingError | ExitError} */
export async function startDetached(
  project: PlannedProject,
  { services, isStarting }: { readonly services: readonly string[]; readonly isStarting: boolean },
  io: Io,
): Promise<SandboxRecord> {
  const { paths, plan, planDigest, composeFile } = project;
  const order = {
    home: sandboxHome(io.env),
    project: paths.project,
    plan,
    planDigest,
    composeFile,
    ...((services.length > 0 || !isStarting) && { services }),
    settings: readSettings(io),
  };
  try {
    return await startInBackground(order, paths, { file: process.execPath, args: [programFile(), 'daemon'] });
  } catch (thrown) {
    if (thrown instanceof ProjectStartingError) return await waitForOther(project, thrown);
    throw thrown;
  }
}

/** Another call of `up` is at it: what it starts is ours too. */
async function waitForOther(
  { paths, planDigest }: PlannedProject,
  starting: ProjectStartingError,
): Promise<SandboxRecord> {
  for (let waited = 0; waited < STARTING_PATIENCE_MS; waited += POLL_MS) {
    const record = await findRecord(paths);
    if (record?.planDigest === planDigest) return record;
    if (record) throw new ExitError(1, `${starting.message} from another compose file: try again`);
    await sleep(POLL_MS);
  }
  throw starting;
}
