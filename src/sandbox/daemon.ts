import { chmod, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Started } from '../core/index.ts';
import { listen } from '../http/index.ts';
import { ensureFolder } from '../storage/index.ts';
import { createControlApp } from './control.ts';
import { claimProject, prepareSockets } from './one-process.ts';
import { Sandbox, type SandboxOptions } from './sandbox.ts';
import { removeRecord, type SandboxRecord, writeRecord } from './sandbox-record.ts';
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
  await removeRecord(paths); // of a process that was killed
  await prepareSockets(paths);
  await finishRestore(paths);
  const openLog: SandboxOptions['openLog'] = (service, clock, events) => openServiceLog(paths, service, clock, events);
  started.add({ [Symbol.asyncDispose]: () => rm(paths.shortSockets, { recursive: true, force: true }) });
  started.add({ [Symbol.asyncDispose]: () => removeRecord(paths) });
  const sandbox = started.add(await Sandbox.start({ ...options, openLog }));
  let down = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    down = resolve;
  });
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
  const control = createControlApp(sandbox, paths, { changed: save, down: () => down() });
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
