import { chmod, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Started } from '../core/index.ts';
import { ensureFolder } from '../files/index.ts';
import { listen } from '../http/index.ts';
import { createControlApp } from './control.ts';
import { claimProject, prepareSockets } from './one-process.ts';
import type { ProjectPaths } from './project.ts';
import { Sandbox } from './sandbox.ts';
import type { SandboxOptions } from './sandbox-options.ts';
import { readRecord, removeRecord, type SandboxRecord, writeRecord } from './sandbox-record.ts';
import { openServiceLog } from './service-log.ts';
import { finishRestore } from './snapshots/snapshots.ts';

/** A sandbox with its control socket and record, until `ended`. */
export interface HostedSandbox extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly record: SandboxRecord;
  /** Resolves when somebody asked for the end by the control socket. */
  readonly ended: Promise<void>;
}

/**
 * Starts a sandbox in this process and makes it known: record written, control socket open.
 * @throws {ProjectBusyError} another process has it
 */
export async function hostSandbox(options: Omit<SandboxOptions, 'openLog'>): Promise<HostedSandbox> {
  const { paths } = options;
  await ensureFolder(paths.root, 0o700);
  await chmod(paths.root, 0o700);
  await using started = new Started();
  started.add(await claimProject(paths));
  const earlier = await readRecord(paths); // of a process that was interrupted, or killed
  await prepareSockets(paths);
  await finishRestore(paths);
  const openLog: SandboxOptions['openLog'] = (service, clock, events) => openServiceLog(paths, service, clock, events);
  started.add({ [Symbol.asyncDispose]: () => rm(paths.shortSockets, { recursive: true, force: true }) });
  const life: { isDown: boolean; sandbox?: Sandbox } = { isDown: false };
  started.add({
    async [Symbol.asyncDispose]() {
      if (life.isDown) await removeRecord(paths);
      else if (life.sandbox) await leaveRecord(paths, life.sandbox).catch(() => undefined); // a disk that is full
    },
  });
  const sandbox = started.add(await Sandbox.start({ ...options, openLog, containerIds: idsOf(earlier, options) }));
  life.sandbox = sandbox;
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const down = (): void => {
    life.isDown = true;
    end();
  };
  let written: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    written = written.catch(() => undefined).then(() => writeRecord(paths, sandbox.record));
    return written;
  };
  const unsubscribe = sandbox.subscribe(() => void save().catch(() => undefined)); // whoever asks by the control socket is told
  started.add({
    async [Symbol.asyncDispose]() {
      unsubscribe();
      await written.catch(() => undefined);
    },
  });
  const control = createControlApp(sandbox, paths, { changed: save, down });
  await ensureFolder(dirname(paths.controlSocket), 0o700);
  await writeRecord(paths, sandbox.record);
  // Last, and so the first to end: whoever asked for the end waits until this connection is closed.
  const listener = await listen(control, { kind: 'unix', path: paths.controlSocket });
  const hosted = started.keep();
  return {
    sandbox,
    get record() {
      return sandbox.record;
    },
    ended,
    async [Symbol.asyncDispose]() {
      await hosted[Symbol.asyncDispose]();
      await listener[Symbol.asyncDispose]();
    },
  };
}

/** What rests is the same containers when it runs again, as long as the file is the same. */
function idsOf(
  earlier: SandboxRecord | undefined,
  { planDigest }: Pick<SandboxOptions, 'planDigest'>,
): ReadonlyMap<string, string> {
  if (earlier?.planDigest !== planDigest) return new Map();
  return new Map(earlier.services.map(({ name, containerId }) => [name, containerId]));
}

/** Of one that was interrupted and is not down: what it had is shown as stopped. */
function leaveRecord(paths: ProjectPaths, { record, clock }: Sandbox): Promise<void> {
  return writeRecord(paths, { ...record, endedAt: clock.now().toISOString() });
}
