import { BackgroundError, controlServices, explainStartFailure, findRecord, hostSandbox } from '../../sandbox/index.ts';
import { type Io, printLine } from '../io.ts';
import { followLogs, type LogView } from './log-lines.ts';
import { programFile } from './program-file.ts';
import type { PlannedProject } from './project.ts';
import { readSettings } from './sandbox-settings.ts';
import { printServices } from './service-states.ts';

/** What `up` shows while it stays. */
interface Shown {
  /** All when none is named. */
  readonly services: readonly string[];
  readonly view: LogView;
}

const STATUS_INTERRUPTED = 130;

/** Plays the project in this process until Ctrl-C; then it is stopped, not down. @throws {BackgroundError} */
export async function runInForeground(project: PlannedProject, { services, view }: Shown, io: Io): Promise<number> {
  const { paths, plan, planDigest, composeFile } = project;
  const options = {
    plan,
    planDigest,
    composeFile,
    ...(services.length > 0 && { services }),
    paths,
    settings: readSettings(io),
    programFile: programFile(),
    hasPlainBoxes: io.env.TRUSTSANDBOX_BOX === 'plain',
    clock: io.clock,
  };
  const hosted = await hostSandbox(options).catch((thrown: unknown) => {
    throw new BackgroundError(`the sandbox could not start: ${explainStartFailure(thrown, paths)}`, { cause: thrown });
  });
  await using _ = hosted;
  const shown = hosted.record.services.filter(({ state }) => state === 'running');
  printServices(io, shown, 'Started');
  printLine(io.stdout, `Attaching to ${shown.map(({ containerName }) => containerName).join(', ')}`);
  const controller = new AbortController();
  void hosted.ended.then(() => controller.abort());
  await followLogs(shown, io.stdout, AbortSignal.any([io.signal, controller.signal]), view);
  if (!io.signal.aborted) return 0;
  printLine(io.stderr, 'Gracefully Stopping... press Ctrl+C again to force');
  await hosted.sandbox.stopServices();
  printServices(io, shown, 'Stopped');
  return STATUS_INTERRUPTED;
}

/** Shows the logs of what runs in another process; Ctrl-C stops it, as with compose. */
export async function attachToProject({ paths }: PlannedProject, { services, view }: Shown, io: Io): Promise<number> {
  const record = await findRecord(paths);
  const shown = (record?.services ?? []).filter(({ name }) => services.length === 0 || services.includes(name));
  await followLogs(shown, io.stdout, io.signal, view);
  await controlServices(
    paths,
    'stop',
    shown.map(({ name }) => name),
  );
  return STATUS_INTERRUPTED;
}
