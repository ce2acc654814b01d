import { randomBytes } from 'node:crypto';
import { type Clock, errorMessage, type Log } from '../core/index.ts';
import type { HostEvent } from '../engine/index.ts';
import { type CertificateAndKey, createCertificateAuthority } from '../pki/index.ts';
import { ADDRESS_ATTEMPTS, type AddressPlan, planAddresses } from './addresses.ts';
import { beginService } from './begin-service.ts';
import { writeBoxFiles, writePlaces } from './box-files.ts';
import { readClockOffset, writeClockOffset } from './clock/clock-file.ts';
import { MovableClock } from './clock/movable-clock.ts';
import type { ComposePlan, ServicePlan } from './compose/plan.ts';
import type { DoorPlan } from './doors.ts';
import type { HostedServices } from './engine-host/host.ts';
import { EventLog } from './front/event-log.ts';
import { type Fault, isLike } from './front/fault.ts';
import { inOrder, reversed } from './in-order.ts';
import { type NetworkNames, namesSeenFrom, networkNames } from './network-names.ts';
import { comparePlans } from './plan-change.ts';
import { prepareFolders } from './prepare-folders.ts';
import type { ProjectPaths } from './project.ts';
import { type BoxProxy, startBoxProxy } from './proxy/box-proxy.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { SandboxSettings } from './service.ts';
import { AddressesTakenError, isAddressTaken, ServiceStartError, ServiceUnknownError } from './service-errors.ts';
import type { ServiceKind } from './service-kind.ts';
import { namesOf, openSlot, placeOf, recordOf, type Slot } from './slot.ts';

/** Kinds of services whose requests lead to those of the next. */
const HELD_TOGETHER: readonly (readonly ServiceKind[])[] = [
  ['client'],
  ['registry', 'notary-server'],
  ['notary-signer'],
];

/** What a sandbox is started with. */
export interface SandboxOptions {
  readonly plan: ComposePlan;
  readonly planDigest: string;
  readonly composeFile: string | null;
  /** Services to start, and those they depend on; all when absent. */
  readonly services?: readonly string[];
  /** Ids of the containers of services that are known from before, by name. */
  readonly containerIds?: ReadonlyMap<string, string>;
  readonly paths: ProjectPaths;
  readonly settings: SandboxSettings;
  /** The machine's time. */
  readonly clock: Clock;
  /** The bundled program, which boxes need. */
  readonly programFile: string;
  /** Whether boxes do without namespaces. */
  readonly hasPlainBoxes: boolean;
  /** A log for each service, by name. `clock` is the project's. */
  readonly openLog: (service: string, clock: Clock, events: EventLog) => Log;
  /** 0 to 1, for faults. */
  readonly random?: () => number;
}

/** What a sandbox is changed to while it runs. */
export interface SandboxChange extends Pick<SandboxOptions, 'plan' | 'planDigest' | 'composeFile' | 'services'> {
  /** Services that the plan has not since their profile is off: those that are there stay. */
  readonly disabled: readonly string[];
  /** Whether services are started anew though nothing of theirs changed. */
  readonly isAnew: boolean;
}

/** Services that run in this process until disposed of. */
export class Sandbox implements AsyncDisposable {
  readonly events: EventLog;
  #options: SandboxOptions;
  readonly #ca: CertificateAndKey;
  readonly #clock: MovableClock;
  #slots: readonly Slot[] = [];
  readonly #addresses: AddressPlan;
  readonly #startedAt: Date;
  readonly #listeners = new Set<(event: HostEvent) => void>();
  #proxy: BoxProxy | undefined;

  private constructor(options: SandboxOptions, ca: CertificateAndKey, addresses: AddressPlan, clock: MovableClock) {
    this.#options = options;
    this.#ca = ca;
    this.#addresses = addresses;
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.events = new EventLog(clock);
    this.#slots = options.plan.services.map((plan, place) =>
      this.#openSlot(plan, place, options.containerIds?.get(plan.name)),
    );
    for (const slot of this.#slots) slot.doorPlans = this.#planDoors(slot);
  }

  /**
   * Starts every service, each after those it depends on; when one can't start, none is left running.
   * @throws {AddressesTakenError | PortTakenError | ServiceStartError | AggregateError}
   */
  static async start(options: SandboxOptions): Promise<Sandbox> {
    const { paths } = options;
    const clock = new MovableClock(options.clock, readClockOffset(paths.clock));
    const ca = createCertificateAuthority({ clock: options.clock, name: `trustsandbox ${paths.project}` });
    await prepareFolders(options.plan, paths, ca);
    for (let attempt = 0; attempt < ADDRESS_ATTEMPTS; attempt += 1) {
      const sandbox = new Sandbox(options, ca, planAddresses(paths.root, attempt), clock);
      try {
        sandbox.#proxy = await sandbox.#startProxy();
        await sandbox.startServices(options.services);
        await writeBoxFiles(paths, sandbox.record.services, ca.cert);
        return sandbox;
      } catch (error) {
        await sandbox[Symbol.asyncDispose]();
        if (!isAddressTaken(error)) throw error;
      }
    }
    throw new AddressesTakenError(
      `no free loopback addresses after ${ADDRESS_ATTEMPTS} tries: another program listens on the ports of the services at all addresses (0.0.0.0:5000 or 0.0.0.0:4443?); stop it, or have it listen at one address`,
    );
  }

  /**
   * Plays another plan: services of the same plan go on, others end and start anew, over the same data. When one can't start, the
   * others do nevertheless.
   * @throws {ServiceStartError | AggregateError} of several
   */
  async change({ services, disabled, isAnew, ...next }: SandboxChange): Promise<void> {
    const { paths } = this.#options;
    const ran = this.#slots.filter(({ running }) => running).map(({ plan }) => plan.name);
    const { kept, ended, opened } = comparePlans(this.#slots, next.plan, { disabled, isAnew });
    const ending = reversed(this.#ordered()).filter(({ name }) => ended.some(({ plan }) => plan.name === name));
    await inOrder(ending, ({ name }) => this.stopService(name));
    await prepareFolders(next.plan, paths, this.#ca);
    this.#options = { ...this.#options, ...next };
    const fresh = opened.map(({ plan, place }) => this.#openSlot(plan, place));
    this.#slots = [...kept, ...fresh].sort((one, other) => one.place - other.place);
    for (const slot of this.#slots) {
      slot.doorPlans = this.#planDoors(slot);
      await slot.running?.open.change(slot.doorPlans);
    }
    const wanted = services ? [...services, ...ran] : next.plan.services.map(({ name }) => name);
    try {
      await this.startServices(wanted.filter((name) => this.#isThere(name)));
    } finally {
      await writeBoxFiles(paths, this.record.services, this.#ca.cert);
    }
  }

  get record(): SandboxRecord {
    const { paths, planDigest, composeFile } = this.#options;
    return {
      version: 2,
      project: paths.project,
      pid: process.pid,
      startedAt: this.#startedAt.toISOString(),
      composeFile,
      planDigest,
      clockOffsetMs: this.#clock.offsetMs,
      services: this.#slots.map((slot) => recordOf(slot, paths, this.#proxy)),
    };
  }

  /** The project's time. */
  get clock(): Clock {
    return this.#clock;
  }

  /** Moves time for every service, and for every client that looks at the project's file. */
  async moveClock(offsetMs: number): Promise<void> {
    await writeClockOffset(this.#options.paths.clock, offsetMs);
    this.#clock.offsetMs = offsetMs;
    this.events.add({ service: '', kind: 'clock', facts: { now: this.#clock.now().toISOString() } });
  }

  /** Takes over the time that the project's file says. */
  async readClock(): Promise<void> {
    await this.moveClock(readClockOffset(this.#options.paths.clock));
  }

  /**
   * Starts services, and before them those they depend on; all when none is named.
   * @throws {ServiceUnknownError | ServiceStartError | AggregateError} of several, when all others have started
   */
  async startServices(names: readonly string[] = this.#slots.map(({ plan }) => plan.name)): Promise<void> {
    const wanted = new Set<string>();
    const want = (name: string): void => {
      if (wanted.has(name)) return;
      wanted.add(name);
      for (const other of this.#slot(name).plan.dependsOn) if (this.#isThere(other)) want(other);
    };
    for (const name of names) want(name);
    const slots = this.#ordered().filter(({ name }) => wanted.has(name));
    await inOrder(slots, ({ name }) => this.startService(name));
  }

  async startService(name: string): Promise<void> {
    const slot = this.#slot(name);
    if (slot.running) return;
    try {
      slot.running = await this.#begin(slot);
      slot.startedAt = this.#clock.now();
    } catch (cause) {
      const said = errorMessage(cause);
      throw said.startsWith('service ') ? cause : new ServiceStartError(`service ${name}: ${said}`, { cause });
    }
    if (!this.#addresses.isOwn) await writePlaces(this.#options.paths, this.record.services);
    this.#tell({ action: 'start', id: slot.containerId });
    this.events.add({ service: name, kind: 'start', facts: { address: slot.address } });
  }

  /** `exitCode` is what it is said to have ended with. */
  async stopService(name: string, exitCode = 0): Promise<void> {
    const slot = this.#slot(name);
    const running = slot.running;
    if (!running) return;
    slot.running = undefined;
    slot.finishedAt = this.#clock.now();
    slot.exitCode = exitCode;
    slot.front.isPaused = false;
    this.#tell({ action: 'die', id: slot.containerId, exitCode });
    await running[Symbol.asyncDispose]();
    this.#tell({ action: 'stop', id: slot.containerId });
    this.events.add({ service: name, kind: 'stop', facts: {} });
  }

  /** Stops every service, those that depend on others first. */
  stopServices(exitCode = 0): Promise<void> {
    return inOrder(reversed(this.#ordered()), ({ name }) => this.stopService(name, exitCode));
  }

  /** Freezes a service: requests wait until it is unpaused. @throws {ServiceUnknownError} */
  pauseService(name: string, isPaused: boolean): void {
    const slot = this.#slot(name);
    if (slot.front.isPaused === isPaused) return;
    slot.front.isPaused = isPaused;
    this.events.add({ service: name, kind: isPaused ? 'pause' : 'unpause', facts: {} });
  }

  faults(): ReadonlyMap<string, readonly Fault[]> {
    return new Map(this.#slots.map(({ plan, front }) => [plan.name, front.faults]));
  }

  /** @throws {ServiceUnknownError} no such service, or none is like what `from` names */
  setFaults(name: string, faults: readonly Fault[]): void {
    const { front } = this.#slot(name);
    for (const { from } of faults.map(({ match }) => match)) {
      if (from !== undefined && !this.#slots.some(({ plan }) => isLike(plan.name, from))) this.#slot(from);
    }
    front.faults = faults;
  }

  /**
   * Does `work` while no request passes and none that was let in is writing: clients first and signers last, as the requests of
   * each lead to the next. `isQuiet` is false when one did not end within `timeoutMs`.
   */
  async whileHeld<T>(timeoutMs: number, work: (isQuiet: boolean) => Promise<T>): Promise<T> {
    const held: { readonly isQuiet: boolean; release(): void }[] = [];
    try {
      for (const kinds of HELD_TOGETHER) {
        const fronts = this.#slots.filter(({ plan }) => kinds.includes(plan.kind)).map(({ front }) => front);
        held.push(...(await Promise.all(fronts.map((front) => front.hold(timeoutMs)))));
      }
      return await work(held.every(({ isQuiet }) => isQuiet));
    } finally {
      for (const { release } of held) release();
    }
  }

  /** Tells of services that start and stop from now on; returns what ends it. */
  subscribe(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopServices();
    await this.#proxy?.[Symbol.asyncDispose]();
  }

  #startProxy(): Promise<BoxProxy> {
    return startBoxProxy({
      secret: randomBytes(32).toString('base64url'),
      findUser: (name) => {
        const slot = this.#slots.find(({ plan }) => plan.name === name);
        return slot && { name, names: this.#namesFor(slot) };
      },
      isService: (host) => this.#slots.some((slot) => Object.values(namesOf(slot)).flat().includes(host)),
    });
  }

  /** Those of its networks, at the doors that are for it. */
  #namesFor(viewer: Slot): NetworkNames {
    const names = namesOf(viewer);
    return networkNames(() =>
      this.#slots.map((slot) => placeOf(slot, namesSeenFrom(names, namesOf(slot)), viewer.plan.name)),
    );
  }

  #openSlot(plan: ServicePlan, place: number, containerId = randomBytes(32).toString('hex')): Slot {
    return openSlot({
      plan,
      place,
      containerId,
      address: this.#addresses.address(place),
      emit: (event) => this.events.add(event),
      random: this.#options.random ?? Math.random,
    });
  }

  /** One for each service that knows it by a name. */
  #planDoors(slot: Slot): readonly DoorPlan[] {
    if (slot.plan.kind === 'client') return [];
    return this.#slots.flatMap((viewer) => {
      const isSeen = namesSeenFrom(namesOf(viewer), namesOf(slot)).length > 0;
      return isSeen ? [{ viewer: viewer.plan.name, address: this.#addresses.door(viewer.place, slot.place) }] : [];
    });
  }

  #isThere(name: string): boolean {
    return this.#slots.some(({ plan }) => plan.name === name);
  }

  #ordered() {
    return this.#slots.map(({ plan }) => ({ name: plan.name, after: plan.dependsOn }));
  }

  #tell(event: HostEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #begin(slot: Slot): ReturnType<typeof beginService> {
    const { paths, settings, openLog, clock: machineClock } = this.#options;
    return beginService(slot, {
      paths,
      settings,
      ownsAddress: this.#addresses.isOwn,
      ca: this.#ca,
      names: this.#namesFor(slot),
      hosted: this.#hosted(),
      clock: this.#clock,
      machineClock,
      log: openLog(slot.plan.name, this.#clock, this.events),
      emit: (event) => this.events.add({ ...event, service: slot.plan.name }),
    });
  }

  /** What an Engine is shown: read anew each time. */
  #hosted(): HostedServices {
    const { paths, programFile, hasPlainBoxes } = this.#options;
    const record = (): SandboxRecord => this.record;
    const plan = (): ComposePlan => this.#options.plan;
    return {
      get plan() {
        return plan();
      },
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
    if (slot) return slot;
    const known = this.#slots.map(({ plan }) => plan.name).join(', ');
    throw new ServiceUnknownError(`no such service: ${name}; there are ${known}`);
  }
}
