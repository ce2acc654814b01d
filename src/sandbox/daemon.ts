import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../core/index.ts';
import { listen } from '../http/index.ts';
import { createControlApp } from './control.ts';
import { openLogFile } from './log-file.ts';
import type { ProjectPaths } from './project.ts';
import { Sandbox, type SandboxOptions } from './sandbox.ts';
import { removeRecord, type SandboxRecord, writeRecord } from './sandbox-record.ts';

/** A sandbox with its control socket and record, until `ended`. */
export interface HostedSandbox extends AsyncDisposable {
  readonly record: SandboxRecord;
  /** Resolves when somebody asked for the end by the control socket. */
  readonly ended: Promise<void>;
}

/** Starts a sandbox in this process and makes it known: record written, control socket open. */
export async function hostSandbox(options: Omit<SandboxOptions, 'openLog'>): Promise<HostedSandbox> {
  const { paths, clock } = options;
  await removeStale(paths);
  const sandbox = await Sandbox.start({ ...options, openLog: (service) => openServiceLog(paths, service, clock) });
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
  const control = createControlApp(sandbox, { changed: save, down: () => down() });
  await mkdir(dirname(paths.controlSocket), { recursive: true, mode: 0o700 });
  const listener = await listen(control, { kind: 'unix', path: paths.controlSocket });
  await writeRecord(paths, sandbox.record);
  return {
    get record() {
      return sandbox.record;
    },
    ended,
    async [Symbol.asyncDispose]() {
      unsubscribe();
      await sandbox[Symbol.asyncDispose]();
      await written.catch(() => undefined);
      await removeRecord(paths);
      await listener[Symbol.asyncDispose]();
    },
  };
}

/** A process that was killed leaves its sockets behind; nothing answers there. */
async function removeStale(paths: ProjectPaths): Promise<void> {
  await rm(paths.controlSocket, { force: true });
}

function openServiceLog(paths: ProjectPaths, service: string, clock: Clock) {
  return openLogFile(paths.service(service, 'log'), clock);
}
