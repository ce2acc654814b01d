import { setTimeout as sleep } from 'node:timers/promises';
import {
  BackgroundError,
  controlDown,
  controlServices,
  explainStartFailure,
  findRecord,
  hostSandbox,
  ProjectStartingError,
  type SandboxRecord,
  sandboxHome,
  startInBackground,
} from '../../sandbox/index.ts';
import { anyArguments, defineCommand, ExitError, UsageError } from '../command.ts';
import type { FlagSpecs } from '../flags.ts';
import { type Io, printLine } from '../io.ts';
import { followLogs, type LogView } from './log-lines.ts';
import { programFile } from './program-file.ts';
import { type PlannedProject, planProject } from './project.ts';
import { readSettings } from './sandbox-settings.ts';
import { printServices, printState } from './service-states.ts';

const ineffective = (kind: 'boolean' | 'string', help: string) => ({ kind, help, hidden: true }) as const;

const flags = {
  detach: { kind: 'boolean', short: 'd', help: 'Detached mode: Run containers in the background' },
  wait: { kind: 'boolean', help: 'Wait for services to be running|healthy. Implies detached mode.' },
  'force-recreate': {
    kind: 'boolean',
    help: "Recreate containers even if their configuration and image haven't changed",
  },
  'no-start': { kind: 'boolean', help: "Don't start the services after creating them" },
  'no-log-prefix': { kind: 'boolean', help: "Don't print prefix in logs" },
  timestamps: { kind: 'boolean', help: 'Show timestamps' },
  'wait-timeout': ineffective('string', ''),
  'remove-orphans': ineffective('boolean', ''),
  'no-color': ineffective('boolean', ''),
  'no-build': ineffective('boolean', ''),
  'quiet-pull': ineffective('boolean', ''),
  pull: ineffective('string', ''),
  timeout: { ...ineffective('string', ''), short: 't' },
} as const satisfies FlagSpecs;

interface UpOptions {
  readonly services: readonly string[];
  readonly isDetached: boolean;
  readonly isAnew: boolean;
  readonly isStarting: boolean;
  readonly view: LogView;
}

const DEFAULT_VIEW: LogView = { hasPrefix: true, hasTimestamps: false };
const STATUS_INTERRUPTED = 130;
const STARTING_PATIENCE_MS = 15_000;
const POLL_MS = 25;

/** `up` of compose: in the foreground unless `-d`. */
export const composeUp = defineCommand({
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'Create and start containers',
  aliases: ['compose up'],
  flags,
  arguments: anyArguments,
  parse(given, services): UpOptions {
    const isDetached = (given.detach ?? false) || (given.wait ?? false) || (given['no-start'] ?? false);
    if (isDetached && given['no-log-prefix']) throw new UsageError('--detach and --no-log-prefix are incompatible');
    return {
      services,
      isDetached,
      isAnew: given['force-recreate'] ?? false,
      isStarting: !given['no-start'],
      view: { hasPrefix: !given['no-log-prefix'], hasTimestamps: given.timestamps ?? false },
    };
  },
  run: (options, io) => up(planProject(io, { needsFile: true, services: options.services }), options, io),
});

/** `up` of its own: in the background, and without a compose file the page's three services. */
export const sandboxUp = defineCommand({
  usage: '[SERVICE...]',
  summary: "Start a sandbox: this folder's compose file, or the registry, Notary server and client of the walk-through",
  flags: {},
  arguments: anyArguments,
  parse: (_, services): UpOptions => ({
    services,
    isDetached: true,
    isAnew: false,
    isStarting: true,
    view: DEFAULT_VIEW,
  }),
  async run(options, io) {
    const project = planProject(io, { needsFile: false, services: options.services });
    const status = await up(project, options, io);
    for (const { kind, containerName } of project.plan.services) {
      if (kind === 'client') printLine(io.stderr, `Enter it: ${io.program} container exec -it ${containerName} sh`);
    }
    return status;
  },
});

async function up(project: PlannedProject, options: UpOptions, io: Io): Promise<number> {
  const running = await findRecord(project.paths);
  const isSame = running?.planDigest === project.planDigest && !options.isAnew;
  const anew = running && !isSame ? withRunning(options, running, project) : options;
  if (running && !isSame) await controlDown(project.paths); // the compose file changed: start anew over the same data
  if (running && isSame) {
    if (options.isStarting) await startMissing(project, running, options, io);
    if (options.isDetached) return 0;
    return await attach(project, options, io);
  }
  if (!options.isDetached) return await runInForeground(project, anew, io);
  printState(io, await startDetached(project, anew, io), 'Started');
  return 0;
}

/** A service that is asked for by name comes to those that run; it does not end them. */
function withRunning(options: UpOptions, { services }: SandboxRecord, { plan }: PlannedProject): UpOptions {
  if (options.services.length === 0) return options;
  const ran = services.filter(
    ({ name, state }) => state === 'running' && plan.services.some((one) => one.name === name),
  );
  return { ...options, services: [...new Set([...options.services, ...ran.map(({ name }) => name)])] };
}

/** Of a sandbox that runs, the services that do not. */
async function startMissing(
  project: PlannedProject,
  record: SandboxRecord,
  { services }: UpOptions,
  io: Io,
): Promise<void> {
  const wanted = record.services.filter(({ name }) => services.length === 0 || services.includes(name));
  if (wanted.some(({ state }) => state !== 'running')) {
    await controlServices(
      project.paths,
      'start',
      wanted.map(({ name }) => name),
    );
  }
  printServices(
    io,
    wanted.filter(({ state }) => state === 'running'),
    'Running',
  );
  printServices(
    io,
    wanted.filter(({ state }) => state !== 'running'),
    'Started',
  );
}

/** Shows the logs of what runs in another process; Ctrl-C stops it, as with compose. */
async function attach({ paths }: PlannedProject, { services, view }: UpOptions, io: Io): Promise<number> {
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

async function startDetached(
  project: PlannedProject,
  { services, isStarting }: UpOptions,
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

async function runInForeground(project: PlannedProject, { services, view }: UpOptions, io: Io): Promise<number> {
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
