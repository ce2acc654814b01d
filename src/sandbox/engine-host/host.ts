import { userInfo } from 'node:os';
import {
  type EngineHost,
  type HostContainer,
  type HostEvent,
  type HostProcess,
  networkIdOf,
  type ProcessLine,
  ProcessRefusedError,
  type ProcessRequest,
} from '../../engine/index.ts';
import { findNamespaceFlags, launchBox } from '../box.ts';
import type { ComposePlan } from '../compose/plan.ts';
import type { ProjectPaths } from '../project.ts';
import type { SandboxRecord } from '../sandbox-record.ts';
import { startBoxProcess } from './box-process.ts';
import { containerOf, projectLabels, scopedName } from './containers.ts';
import { readLog } from './log-entries.ts';

/** What the host sees of the sandbox it shows. */
export interface HostedServices {
  readonly plan: ComposePlan;
  readonly paths: ProjectPaths;
  /** The bundled program, which boxes need. */
  readonly programFile: string;
  /** Whether boxes do without namespaces. */
  readonly hasPlainBoxes: boolean;
  readonly record: SandboxRecord;
  startService(name: string): Promise<void>;
  stopService(name: string): Promise<void>;
  subscribe(listener: (event: HostEvent) => void): () => void;
}

/** Users a box has: the one that built it, whom it shows as root. */
const ROOT_USERS: ReadonlySet<string> = new Set(['', 'root', '0', 'root:root', '0:0']);
const DEFAULT_TERMINAL = 'xterm';

/** The services of a sandbox as containers of an Engine. Disposing ends the commands that run in them. */
export class SandboxHost implements EngineHost, Disposable {
  readonly #services: HostedServices;
  readonly #own: string;
  readonly #running = new Map<HostProcess, { readonly containerId: string; readonly line: ProcessLine }>();
  #flags: { readonly value: readonly string[] | undefined } | undefined;

  /** `own` is the service whose Engine shows them. */
  constructor(services: HostedServices, own: string) {
    this.#services = services;
    this.#own = own;
  }

  containers(): readonly HostContainer[] {
    const { record, plan } = this.#services;
    const { project } = this.#services.paths;
    const createdAt = new Date(record.startedAt);
    return record.services.flatMap((service) => {
      const planned = plan.services.find(({ name }) => name === service.name);
      if (!planned) return [];
      return containerOf({ project, plan: planned, service, createdAt, isOwn: service.name === this.#own });
    });
  }

  networks() {
    const { record, plan, paths } = this.#services;
    return plan.networks.map((network) => {
      const name = scopedName(paths.project, network);
      const labels = { ...projectLabels(paths.project), 'com.docker.compose.network': network };
      return { id: networkIdOf(name), name, createdAt: new Date(record.startedAt), labels };
    });
  }

  volumes() {
    const { record, plan, paths } = this.#services;
    return plan.volumes.map((volume) => ({
      name: scopedName(paths.project, volume),
      folder: paths.volume(volume),
      createdAt: new Date(record.startedAt),
      labels: { ...projectLabels(paths.project), 'com.docker.compose.volume': volume },
    }));
  }

  start(id: string): Promise<void> {
    return this.#services.startService(this.#service(id).name);
  }

  async stop(id: string): Promise<void> {
    this.#killIn(id);
    await this.#services.stopService(this.#service(id).name);
  }

  async *logs(id: string, request: Parameters<EngineHost['logs']>[1]) {
    const ended = new AbortController();
    const unsubscribe = this.subscribe((event) => {
      if (event.id === id && event.action === 'die') ended.abort();
    });
    const service = this.#service(id);
    if (service.state !== 'running') ended.abort();
    try {
      yield* readLog(service.log, request, ended.signal);
    } finally {
      unsubscribe();
    }
  }

  async run(id: string, request: ProcessRequest): Promise<HostProcess> {
    const { command, environment, workingFolder, user, hasInput, terminal } = request;
    if (!ROOT_USERS.has(user))
      throw new ProcessRefusedError(`a box has no user but root, so ${user} can't be had`, 126);
    const { paths, programFile, hasPlainBoxes } = this.#services;
    this.#flags ??= { value: hasPlainBoxes ? undefined : findNamespaceFlags() };
    const kind = terminal && { terminal: environment.TERM ?? DEFAULT_TERMINAL };
    const box = { service: this.#service(id), paths, command, environment, workingFolder, programFile, ...kind };
    const launch = launchBox(box, this.#flags.value);
    const running = await startBoxProcess({ launch, hasInput, terminal });
    const line = lineOf(running.pid, command.join(' '), new Date());
    this.#running.set(running, { containerId: id, line });
    void running.exited.then(() => this.#running.delete(running));
    return running;
  }

  async processes(id: string): Promise<readonly ProcessLine[]> {
    const { record } = this.#services;
    const { kind, startedAt } = this.#service(id);
    const own = lineOf(process.pid, `trustsandbox ${kind}`, new Date(startedAt ?? record.startedAt));
    const boxes = [...this.#running.values()].filter(({ containerId }) => containerId === id);
    return [
      { ...own, parent: process.ppid, cpuSeconds: process.cpuUsage().user / 1e6 },
      ...boxes.map(({ line }) => line),
    ];
  }

  subscribe(listener: (event: HostEvent) => void): () => void {
    return this.#services.subscribe(listener);
  }

  [Symbol.dispose](): void {
    for (const running of this.#running.keys()) running.kill();
  }

  #service(id: string) {
    const found = this.#services.record.services.find(({ containerId }) => containerId === id);
    if (!found) throw new Error(`no service has the container id ${id}`); // the API asks with ids it had from here
    return found;
  }

  #killIn(id: string): void {
    for (const [running, { containerId }] of this.#running) if (containerId === id) running.kill();
  }
}

function lineOf(pid: number, command: string, startedAt: Date): ProcessLine {
  return { user: userInfo().username, pid, parent: process.pid, startedAt, cpuSeconds: 0, command };
}
