import type { Gate } from '../http/index.ts';
import type { ServicePlan } from './compose/plan.ts';
import type { DoorPlan, OpenDoors } from './doors.ts';
import { Askers } from './front/askers.ts';
import { Front } from './front/front.ts';
import { gateOf } from './front/http-exchange.ts';
import type { NewEvent } from './front/sandbox-event.ts';
import { mountSource } from './inside-path.ts';
import type { NamedPlace, NamesByNetwork } from './network-names.ts';
import type { ProjectPaths } from './project.ts';
import type { BoxProxy } from './proxy/box-proxy.ts';
import type { PublishedPorts } from './published-ports.ts';
import type { ServiceRecord } from './sandbox-record.ts';
import type { RunningService } from './service.ts';
import { KNOWN_PORTS } from './services/known-ports.ts';

/** The place of one service in a sandbox, whether it runs or not. */
export interface Slot {
  readonly plan: ServicePlan;
  /** Which of the project's addresses are its own, counted from 0. */
  readonly place: number;
  readonly containerId: string;
  readonly address: string;
  /** Where each service of its networks finds it, itself among them; none of one that listens on no port. */
  doorPlans: readonly DoorPlan[];
  readonly front: Front;
  /** What HTTP requests have to pass. */
  readonly gate: Gate;
  readonly askers: Askers;
  startedAt: Date | undefined;
  finishedAt: Date | undefined;
  exitCode: number;
  running: (RunningService & { readonly published: PublishedPorts; readonly open: OpenDoors }) | undefined;
}

export function openSlot(parts: {
  readonly plan: ServicePlan;
  readonly place: number;
  readonly containerId: string;
  readonly address: string;
  readonly emit: (event: NewEvent) => void;
  readonly random: () => number;
}): Slot {
  const { plan, place, containerId, address, emit, random } = parts;
  const front = new Front({ service: plan.name, emit, random });
  const askers = new Askers();
  const slot: Slot = {
    plan,
    place,
    containerId,
    address,
    doorPlans: [],
    front,
    gate: gateOf(
      (exchange) => front.enter(exchange),
      (at, port) => viewerAt(slot, at, port),
      askers,
    ),
    askers,
    startedAt: undefined,
    finishedAt: undefined,
    exitCode: 0,
    running: undefined,
  };
  return slot;
}

/** From which service's box a connection came, by the place it came to; undefined of one from the host. */
export function viewerAt({ running }: Slot, address: string | undefined, port: number | undefined): string | undefined {
  return running?.open.viewerAt(address, port);
}

/** What a service is called in each of its networks: by its own name, its container's, that one's id, and its aliases. */
export function namesOf({ plan, containerId }: Slot): NamesByNetwork {
  const { name, containerName, networks, aliases } = plan;
  return Object.fromEntries(
    networks.map((network) => [
      network,
      [...new Set([name, containerName, ...(aliases[network] ?? []), containerId.slice(0, 12)])],
    ]),
  );
}

/** Where `viewer` finds it, by `names`. */
export function placeOf(slot: Slot, names: readonly string[], viewer: string): NamedPlace {
  const { plan, running } = slot;
  const knownPort = running?.knownPort ?? KNOWN_PORTS[plan.kind];
  const { address, port } = doorsOf(slot)[viewer] ?? { address: slot.address, port: running?.port };
  return {
    names,
    address,
    ...(port && { port }),
    ...(knownPort && { knownPort }),
    ...(running?.scheme && { scheme: running.scheme }),
  };
}

/** Its doors by who finds it there; ports are known while it runs. */
function doorsOf({ doorPlans, running }: Slot): Record<string, { address: string; port?: number }> {
  const places = running ? running.open.doors : doorPlans;
  return Object.fromEntries(places.map(({ viewer, ...place }) => [viewer, place]));
}

export function recordOf(slot: Slot, paths: ProjectPaths, proxy: BoxProxy | undefined): ServiceRecord {
  const { plan, containerId, address, startedAt, finishedAt, exitCode, running, front } = slot;
  const planned = plan.mounts.map((mount) => ({
    source: mountSource(paths, plan.name, mount),
    target: mount.target,
    readOnly: mount.readOnly,
  }));
  const own = (running?.mounts ?? []).filter(({ target }) => !planned.some((mount) => mount.target === target));
  const networks = namesOf(slot);
  return {
    name: plan.name,
    kind: plan.kind,
    image: plan.image,
    containerName: plan.containerName,
    containerId,
    state: running ? 'running' : startedAt ? 'exited' : 'created',
    isPaused: front.isPaused,
    ...(startedAt && { startedAt: startedAt.toISOString() }),
    ...(finishedAt && { finishedAt: finishedAt.toISOString() }),
    exitCode,
    address,
    ...(running?.port && { port: running.port }),
    ...(running?.knownPort && { knownPort: running.knownPort }),
    ...(running?.scheme && { scheme: running.scheme }),
    ...(running?.engineSocket && { engineSocket: running.engineSocket }),
    doors: doorsOf(slot),
    published: [...(running?.published.ports ?? [])],
    names: [...new Set([plan.name, plan.containerName, ...Object.values(networks).flat()])],
    networks: Object.fromEntries(Object.entries(networks).map(([network, names]) => [network, [...names]])),
    environment: { ...plan.environment },
    ...(plan.hostname && { hostname: plan.hostname }),
    ...(plan.workingFolder && { workingFolder: plan.workingFolder }),
    mounts: [...planned, ...own],
    home: paths.service(plan.name, 'home'),
    hosts: paths.box('hosts', plan.name),
    places: paths.box('places', plan.name),
    ...(proxy && { proxy: proxy.urlFor(plan.name) }),
    log: paths.service(plan.name, 'log'),
  };
}
