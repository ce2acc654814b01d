import { controlPlan, controlServices, findRecord, type SandboxRecord } from '../../sandbox/index.ts';
import { anyArguments, defineCommand, UsageError } from '../command.ts';
import type { FlagSpecs } from '../flags.ts';
import { type Io, printLine } from '../io.ts';
import { attachToProject, runInForeground } from './foreground.ts';
import type { LogView } from './log-lines.ts';
import { type PlannedProject, planProject } from './project.ts';
import { printChange, printServices, printState } from './service-states.ts';
import { startDetached } from './start-project.ts';

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

/** It goes to the background, and waits for health, in any case. */
const ownFlags = {
  detach: { ...flags.detach, help: 'Run in the background, as it does in any case' },
  wait: { ...flags.wait, help: 'Wait for services to be healthy, as it does in any case' },
  'force-recreate': flags['force-recreate'],
} as const satisfies FlagSpecs;

interface UpOptions {
  readonly services: readonly string[];
  readonly isDetached: boolean;
  readonly isAnew: boolean;
  readonly isStarting: boolean;
  readonly view: LogView;
}

const DEFAULT_VIEW: LogView = { hasPrefix: true, hasTimestamps: false };

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
  usage: '[OPTIONS] [SERVICE...]',
  summary: "Start a sandbox: this folder's compose file, or the registry, Notary server and client of the walk-through",
  flags: ownFlags,
  arguments: anyArguments,
  parse: (given, services): UpOptions => ({
    services,
    isDetached: true,
    isAnew: given['force-recreate'] ?? false,
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

/** What runs is changed to what the file says; what does not is started. */
async function up(project: PlannedProject, options: UpOptions, io: Io): Promise<number> {
  const running = await findRecord(project.paths);
  if (!running && !options.isDetached) return await runInForeground(project, options, io);
  if (!running) {
    printState(io, await startDetached(project, options, io), 'Started');
    return 0;
  }
  if (running.planDigest !== project.planDigest || options.isAnew) await changeRunning(project, running, options, io);
  else if (options.isStarting) await startMissing(project, running, options, io);
  return options.isDetached ? 0 : await attachToProject(project, options, io);
}

/** Of a sandbox that runs, what the file says otherwise. What can't start is told; all else runs. */
async function changeRunning(
  { paths, plan, planDigest, composeFile, model }: PlannedProject,
  before: SandboxRecord,
  { services, isAnew, isStarting }: UpOptions,
  io: Io,
): Promise<void> {
  const chosen = services.length > 0 || !isStarting ? { services } : {};
  const disabled = model.disabled.map(({ name }) => name);
  try {
    await controlPlan(paths, { plan, planDigest, composeFile, ...chosen, disabled, isAnew });
  } finally {
    printChange(io, before.services, (await findRecord(paths))?.services ?? []);
  }
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
