import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { type Clock, type Log, TrustSandboxError } from '../core/index.ts';
import type { HostEvent } from '../engine/index.ts';
import { type CertificateAndKey, createCertificateAuthority } from '../pki/index.ts';
import { ADDRESS_ATTEMPTS, type AddressPlan, planAddresses } from './addresses.ts';
import { writeBoxFiles } from './box-files.ts';
import type { ComposePlan, ServicePlan } from './compose-file.ts';
import type { HostedServices } from './engine-host/host.ts';
import { type NamedPlace, networkNames } from './network-names.ts';
import type { ProjectPaths } from './project.ts';
import type { SandboxRecord, ServiceRecord } from './sandbox-record.ts';
import type { RunningService, SandboxSettings, ServiceContext } from './service.ts';
import { startService } from './services/index.ts';
import { KNOWN_PORTS } from './services/known-ports.ts';

/** What a sandbox is started with. */
export interface SandboxOptions {
  readonly plan: ComposePlan;
  readonly planDigest: string;
  readonly composeFile: string | null;
  readonly paths: ProjectPaths;
  readonly settings: SandboxSettings;
  readonly clock: Clock;
  /** The bundled program, which boxes need. */
  readonly programFile: string;
  /** Whether boxes do without namespaces. */
  readonly hasPlainBoxes: boolean;
  /** A log for each service, by name. */
  readonly openLog: (service: string) => Log;
}

/** A service is named that the sandbox does not have. */
export class ServiceUnknownError extends TrustSandboxError {
  readonly code = 'SANDBOX_SERVICE_UNKNOWN';
}

/** No loopback address was free for the services. */
export class AddressesTakenError extends TrustSandboxError {
  readonly code = 'SANDBOX_ADDRESSES_TAKEN';
}

interface Slot {
  readonly plan: ServicePlan;
  readonly containerId: string;
  readonly address: string;
  startedAt: Date;
  finishedAt: Date | undefined;
  running: RunningService | undefined;
}

/** Services that run in this process until disposed of. */
export class Sandbox implements AsyncDisposable {
  readonly #options: SandboxOptions;
  readonly #ca: CertificateAndKey;
  readonly #slots: Slot[];
  readonly #addresses: AddressPlan;
  readonly #startedAt: Date;
  readonly #listeners = new Set<(event: HostEvent) => void>();

  private constructor(options: SandboxOptions, ca: CertificateAndKey, addresses: AddressPlan) {
    this.#options = options;
    this.#ca = ca;
    this.#addresses = addresses;
    this.#startedAt = options.clock.now();
    this.#slots = options.plan.services.map((plan, index) => ({
      plan,
      containerId: randomBytes(32).toString('hex'),
      address: addresses.address(index),
      startedAt: this.#startedAt,
      finishedAt: undefined,
      running: undefined,
    }));
  }

  /**
   * Starts every service; when one can't start, none is left running.
   * @throws {AddressesTakenError} and whatever a service throws at its start
   */
  static async start(options: SandboxOptions): Promise<Sandbox> {
    const ca = createCertificateAuthority({ clock: options.clock, name: `trustsandbox ${options.paths.project}` });
    await prepareFolders(options, ca);
    for (let attempt = 0; attempt < ADDRESS_ATTEMPTS; attempt += 1) {
      const sandbox = new Sandbox(options, ca, planAddresses(options.paths.root, attempt));
      try {
        await Promise.all(sandbox.#slots.map((slot) => sandbox.#startSlot(slot)));
        await writeBoxFiles(options.paths, sandbox.record.services, ca.cert);
        return sandbox;
      } catch (error) {
        await sandbox[Symbol.asyncDispose]();
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
    }
    throw new AddressesTakenError(
      `no free loopback addresses after ${ADDRESS_ATTEMPTS} tries: is another program listening on 0.0.0.0:5000 or 0.0.0.0:4443?`,
    );
  }

  get record(): SandboxRecord {
    const { paths, planDigest, composeFile } = this.#options;
    return {
      version: 1,
      project: paths.project,
      pid: process.pid,
      startedAt: this.#startedAt.toISOString(),
      composeFile,
      planDigest,
      services: this.#slots.map((slot) => this.#serviceRecord(slot)),
    };
  }

  async startService(name: string): Promise<void> {
    const slot = this.#slot(name);
    if (slot.running) return;
    await this.#startSlot(slot);
    this.#tell({ action: 'start', id: slot.containerId });
  }

  async stopService(name: string): Promise<void> {
    const slot = this.#slot(name);
    const running = slot.running;
    if (!running) return;
    slot.running = undefined;
    slot.finishedAt = this.#options.clock.now();
    this.#tell({ action: 'die', id: slot.containerId, exitCode: 0 });
    await running[Symbol.asyncDispose]();
    this.#tell({ action: 'stop', id: slot.containerId });
  }

  /** Tells of services that start and stop from now on; returns what ends it. */
  subscribe(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#slots.map(({ plan }) => this.stopService(plan.name)));
  }

  #tell(event: HostEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** What an Engine is shown: read anew each time. */
  #hosted(): HostedServices {
    const { plan, paths, programFile, hasPlainBoxes } = this.#options;
    const record = (): SandboxRecord => this.record;
    return {
      plan,
      paths,
      programFile,
      hasPlainBoxes,
      get record() {
        return record();
      },
      startService: (name) => this.startService(name),
      stopService: (name) => this.stopService(name),
      subscribe: (listener) => this.subscribe(listener),
    };
  }

  #slot(name: string): Slot {
    const slot = this.#slots.find(({ plan }) => plan.name === name);
    if (!slot) throw new ServiceUnknownError(`no such service: ${name}`);
    return slot;
  }

  async #startSlot(slot: Slot): Promise<void> {
    const { paths, settings, clock, openLog } = this.#options;
    const log = openLog(slot.plan.name);
    const context: ServiceContext = {
      plan: slot.plan,
      paths,
      address: slot.address,
      ownsAddress: this.#addresses.isOwn,
      ca: this.#ca,
      names: networkNames(() => this.#places()),
      hosted: this.#hosted(),
      settings,
      clock,
      log,
    };
    slot.running = await startService(context);
    slot.startedAt = clock.now();
    log.info('service started', { service: slot.plan.name, address: slot.address, port: slot.running.port });
  }

  #places(): NamedPlace[] {
    return this.#slots.map((slot) => {
      const port = slot.running?.port;
      const knownPort = KNOWN_PORTS[slot.plan.kind];
      return {
        names: namesOf(slot.plan),
        address: slot.address,
        ...(port && { port }),
        ...(knownPort && { knownPort }),
      };
    });
  }

  #serviceRecord({ plan, containerId, address, startedAt, finishedAt, running }: Slot): ServiceRecord {
    const { paths } = this.#options;
    const planned = plan.mounts.map(({ source, target, readOnly }) => ({
      source: source.kind === 'volume' ? paths.volume(source.name) : source.path,
      target,
      readOnly,
    }));
    const own = (running?.mounts ?? []).filter(({ target }) => !planned.some((mount) => mount.target === target));
    return {
      name: plan.name,
      kind: plan.kind,
      image: plan.image,
      containerName: plan.containerName,
      containerId,
      state: running ? 'running' : 'exited',
      startedAt: startedAt.toISOString(),
      ...(finishedAt && { finishedAt: finishedAt.toISOString() }),
      address,
      ...(running?.port && { port: running.port }),
      ...(running?.engineSocket && { engineSocket: running.engineSocket }),
      names: namesOf(plan),
      mounts: [...planned, ...own],
      home: paths.service(plan.name, 'home'),
      log: paths.service(plan.name, 'log'),
    };
  }
}

function namesOf({ name, containerName }: ServicePlan): string[] {
  return [...new Set([name, containerName])];
}

async function prepareFolders({ plan, paths }: SandboxOptions, ca: CertificateAndKey): Promise<void> {
  const folders = [
    ...plan.volumes.map((name) => paths.volume(name)),
    ...plan.services.map(({ name }) => paths.service(name)),
  ];
  await Promise.all([paths.root, ...folders].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })));
  await writeFile(paths.caCertificate, ca.cert);
}
