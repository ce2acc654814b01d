import { randomBytes } from 'node:crypto';
import type { AddressPlan } from './addresses.ts';
import type { ServicePlan } from './compose/plan.ts';
import type { DoorPlan } from './doors.ts';
import type { NewEvent } from './front/sandbox-event.ts';
import { type NetworkNames, namesSeenFrom, networkNames } from './network-names.ts';
import { ServiceUnknownError } from './service-errors.ts';
import { namesOf, openSlot, placeOf, type Slot } from './slot.ts';

interface SlotsOptions {
  readonly addresses: AddressPlan;
  readonly emit: (event: NewEvent) => void;
  readonly random: () => number;
}

/** The services of a sandbox, running or not, in the order of their places: who is there, and who sees whom under which names. */
export class Slots {
  readonly #options: SlotsOptions;
  #all: readonly Slot[] = [];

  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  get all(): readonly Slot[] {
    return this.#all;
  }

  get names(): readonly string[] {
    return this.#all.map(({ plan }) => plan.name);
  }

  /** Has these from now on, and plans the doors between them anew. */
  replace(slots: readonly Slot[]): void {
    this.#all = [...slots].sort((one, other) => one.place - other.place);
    for (const slot of this.#all) slot.doorPlans = this.#planDoors(slot);
  }

  /** A slot for a service that is not started yet. */
  open(plan: ServicePlan, place: number, containerId = randomBytes(32).toString('hex')): Slot {
    const { addresses, emit, random } = this.#options;
    return openSlot({ plan, place, containerId, address: addresses.address(place), emit, random });
  }

  find(name: string): Slot | undefined {
    return this.#all.find(({ plan }) => plan.name === name);
  }

  /** @throws {ServiceUnknownError} */
  get(name: string): Slot {
    const slot = this.find(name);
    if (slot) return slot;
    throw new ServiceUnknownError(`no such service: ${name}; there are ${this.names.join(', ')}`);
  }

  /** By name, with the names of those they depend on. */
  ordered(): { readonly name: string; readonly after: readonly string[] }[] {
    return this.#all.map(({ plan }) => ({ name: plan.name, after: plan.dependsOn }));
  }

  /** Services and those they depend on, all the way. @throws {ServiceUnknownError} */
  withDependencies(names: readonly string[]): ReadonlySet<string> {
    const wanted = new Set<string>();
    const want = (name: string): void => {
      if (wanted.has(name)) return;
      wanted.add(name);
      for (const other of this.get(name).plan.dependsOn) if (this.find(other)) want(other);
    };
    for (const name of names) want(name);
    return wanted;
  }

  /** What a service finds: those of its networks, at the doors that are for it. */
  namesFor(viewer: Slot): NetworkNames {
    const names = namesOf(viewer);
    return networkNames(() =>
      this.#all.map((slot) => placeOf(slot, namesSeenFrom(names, namesOf(slot)), viewer.plan.name)),
    );
  }

  /** Whether some network knows a service by this name. */
  isKnownName(host: string): boolean {
    return this.#all.some((slot) => Object.values(namesOf(slot)).flat().includes(host));
  }

  /** One for each service that knows it by a name. */
  #planDoors(slot: Slot): readonly DoorPlan[] {
    if (slot.plan.kind === 'client') return [];
    return this.#all.flatMap((viewer) => {
      const isSeen = namesSeenFrom(namesOf(viewer), namesOf(slot)).length > 0;
      return isSeen
        ? [{ viewer: viewer.plan.name, address: this.#options.addresses.door(viewer.place, slot.place) }]
        : [];
    });
  }
}
