import { randomBytes } from 'node:crypto';
import { type Clock, errorMessage } from '../core/index.ts';
import type { HostEvent } from '../engine/index.ts';
import { type CertificateAndKey, createCertificateAuthority } from '../pki/index.ts';
import { ADDRESS_ATTEMPTS, type AddressPlan, planAddresses } from './addresses.ts';
import { beginService } from './begin-service.ts';
import { writeBoxFiles, writePlaces } from './box-files.ts';
import { readClockOffset, writeClockOffset } from './clock/clock-file.ts';
import { MovableClock } from './clock/movable-clock.ts';
import type { ComposePlan } from './compose/plan.ts';
import type { HostedServices } from './engine-host/host.ts';
import { EventLog } from './front/event-log.ts';
import { type Fault, isLike } from './front/fault.ts';
import { inOrder, reversed } from './in-order.ts';
import { comparePlans } from './plan-change.ts';
import { prepareFolders } from './prepare-folders.ts';
import { type BoxProxy, startBoxProxy } from './proxy/box-proxy.ts';
import type { SandboxChange, SandboxOptions } from './sandbox-options.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import { AddressesTakenError, isAddressTaken, ServiceStartError } from './service-errors.ts';
import { recordOf, type Slot } from './slot.ts';
import { Slots } from './slots.ts';
import { whileHeld } from './while-held.ts';

/** Services that run in this process until disposed of. */
export class Sandbox implements AsyncDisposable {
  readonly events: EventLog;
  #options: SandboxOptions;
  readonly #ca: CertificateAndKey;
  readonly #clock: MovableClock;
  readonly #slots: Slots;
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
    const random = options.random ?? Math.random;
    this.#slots = new Slots({ addresses, random, emit: (event) => this.events.add(event) });
    this.#slots.replace(
      options.plan.services.map((plan, place) => this.#slots.open(plan, place, options.containerIds?.get(plan.name))),
    );
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
    const ran = this.#slots.all.filter(({ running }) => running).map(({ plan }) => plan.name);
    const { kept, ended, opened } = comparePlans(this.#slots.all, next.plan, { disabled, isAnew });
    const ending = reversed(this.#slots.ordered()).filter(({ name }) => ended.some(({ plan }) => plan.name === name));
    await inOrder(ending, ({ name }) => this.stopService(name));
    await prepareFolders(next.plan, paths, this.#ca);
    this.#options = { ...this.#options, ...next };
    this.#slots.replace([...kept, ...opened.map(({ plan, place }) => this.#slots.open(plan, place))]);
    for (const { running, doorPlans } of this.#slots.all) await running?.open.change(doorPlans);
    const wanted = services ? [...services, ...ran] : next.plan.services.map(({ name }) => name);
    try {
      await this.startServices(wanted.filter((name) => this.#slots.find(name)));
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
      services: this.#slots.all.map((slot) => recordOf(slot, paths, this.#proxy)),
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
  async startServices(names: readonly string[] = this.#slots.names): Promise<void> {
    const wanted = this.#slots.withDependencies(names);
    const slots = this.#slots.ordered().filter(({ name }) => wanted.has(name));
    await inOrder(slots, ({ name }) => this.startService(name));
  }

  async startService(name: string): Promise<void> {
    const slot = this.#slots.get(name);
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
    const slot = this.#slots.get(name);
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
    return inOrder(reversed(this.#slots.ordered()), ({ name }) => this.stopService(name, exitCode));
  }

  /** Freezes a service: requests wait until it is unpaused. @throws {ServiceUnknownError} */
  pauseService(name: string, isPaused: boolean): void {
    const slot = this.#slots.get(name);
    if (slot.front.isPaused === isPaused) return;
    slot.front.isPaused = isPaused;
    this.events.add({ service: name, kind: isPaused ? 'pause' : 'unpause', facts: {} });
  }

  faults(): ReadonlyMap<string, readonly Fault[]> {
    return new Map(this.#slots.all.map(({ plan, front }) => [plan.name, front.faults]));
  }

  /** @throws {ServiceUnknownError} no such service, or none is like what `from` names */
  setFaults(name: string, faults: readonly Fault[]): void {
    const { front } = this.#slots.get(name);
    for (const { from } of faults.map(({ match }) => match)) {
      if (from !== undefined && !this.#slots.names.some((name) => isLike(name, from))) this.#slots.get(from);
    }
    front.faults = faults;
  }

  /** Does `work` while no request passes: see `whileHeld`. */
  whileHeld<T>(timeoutMs: number, work: (isQuiet: boolean) => Promise<T>): Promise<T> {
    return whileHeld(this.#slots.all, timeoutMs, work);
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
        const slot = this.#slots.find(name);
        return slot && { name, names: this.#slots.namesFor(slot) };
      },
      isService: (host) => this.#slots.isKnownName(host),
    });
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
      names: this.#slots.namesFor(slot),
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
}
