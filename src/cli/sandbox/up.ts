import { fileURLToPath } from 'node:url';
import {
  controlDown,
  DEFAULT_SETTINGS,
  findRecord,
  hostSandbox,
  type SandboxRecord,
  type SandboxSettings,
  sandboxHome,
  startInBackground,
} from '../../sandbox/index.ts';
import { defineCommand, ExitError, noArguments } from '../command.ts';
import type { FlagSpecs } from '../flags.ts';
import { type Io, printLine } from '../io.ts';
import { followLogs } from './log-lines.ts';
import { type PlannedProject, planProject } from './project.ts';

const flags = {
  detach: { kind: 'boolean', short: 'd', help: 'Detached mode: run services in the background' },
  wait: { kind: 'boolean', help: 'Wait for services to be running|healthy. Implies detached mode.' },
} as const satisfies FlagSpecs;

interface UpOptions {
  readonly isDetached: boolean;
}

/** `up` of compose: in the foreground unless `-d`. */
export const composeUp = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Create and start containers',
  aliases: ['compose up'],
  flags,
  arguments: noArguments,
  parse: ({ detach = false, wait = false }): UpOptions => ({ isDetached: detach || wait }),
  run: (options, io) => up(planProject(io, { needsFile: true }), options, io),
});

/** `up` of its own: in the background, and without a compose file the page's three services. */
export const sandboxUp = defineCommand({
  usage: '',
  summary: "Start a sandbox: this folder's compose file, or the registry, Notary server and client of the walk-through",
  flags: {},
  arguments: noArguments,
  parse: (): UpOptions => ({ isDetached: true }),
  async run(options, io) {
    const project = planProject(io, { needsFile: false });
    const status = await up(project, options, io);
    for (const { kind, containerName } of project.plan.services) {
      if (kind === 'client') printLine(io.stderr, `Enter it: ${io.program} container exec -it ${containerName} sh`);
    }
    return status;
  },
});

async function up(project: PlannedProject, { isDetached }: UpOptions, io: Io): Promise<number> {
  const running = await findRecord(project.paths);
  if (running?.planDigest === project.planDigest) {
    printState(io, running, 'Running');
    return 0;
  }
  if (running) await controlDown(project.paths); // the compose file changed: start anew over the same data
  if (!isDetached) return await runInForeground(project, io);
  printState(io, await startDetached(project, io), 'Started');
  return 0;
}

async function startDetached(project: PlannedProject, io: Io): Promise<SandboxRecord> {
  const { paths, plan, planDigest, composeFile } = project;
  const order = {
    home: sandboxHome(io.env),
    project: paths.project,
    plan,
    planDigest,
    composeFile,
    settings: readSettings(io),
  };
  const main = fileURLToPath(import.meta.url);
  return await startInBackground(order, paths, { file: process.execPath, args: [programFile(main), 'daemon'] });
}

/** The bundle's entry, whichever of its chunks this code ended up in. */
export function programFile(chunk = fileURLToPath(import.meta.url)): string {
  return fileURLToPath(new URL('main.cjs', `file://${chunk}`));
}

async function runInForeground(project: PlannedProject, io: Io): Promise<number> {
  const { paths, plan, planDigest, composeFile } = project;
  await using hosted = await hostSandbox({
    plan,
    planDigest,
    composeFile,
    paths,
    settings: readSettings(io),
    programFile: programFile(),
    hasPlainBoxes: io.env.TRUSTSANDBOX_BOX === 'plain',
    clock: io.clock,
  });
  printState(io, hosted.record, 'Started');
  const controller = new AbortController();
  void hosted.ended.then(() => controller.abort());
  await followLogs(hosted.record.services, io.stdout, AbortSignal.any([io.signal, controller.signal]));
  return 0;
}

function printState(io: Io, record: SandboxRecord, state: string): void {
  const width = Math.max(...record.services.map(({ containerName }) => containerName.length));
  for (const { containerName } of record.services) {
    printLine(io.stderr, ` ✔ Container ${containerName.padEnd(width)}  ${state}`);
  }
}

/** TRUSTSANDBOX_RETRY_SECOND_MS makes the Engine's countdown between tries shorter, for demonstrations. */
function readSettings({ env }: Io): SandboxSettings {
  const text = env.TRUSTSANDBOX_RETRY_SECOND_MS;
  if (text === undefined) return DEFAULT_SETTINGS;
  const retrySecondMs = Number(text);
  if (!Number.isInteger(retrySecondMs) || retrySecondMs < 1 || retrySecondMs > 60_000) {
    throw new ExitError(1, `TRUSTSANDBOX_RETRY_SECOND_MS=${text}: want milliseconds, 1 to 60000`);
  }
  return { ...DEFAULT_SETTINGS, retrySecondMs };
}
