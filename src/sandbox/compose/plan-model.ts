import { createHash } from 'node:crypto';
import { findServiceKind, listServiceKinds } from '../service-kind.ts';
import { type Complaints, openComplaints } from './forms.ts';
import type { ComposeModel, MountModel, PortModel, ServiceModel } from './model.ts';
import type { ComposePlan, Mount, PortPlan, ServicePlan } from './plan.ts';
import { rangeOf } from './ports.ts';
import { ComposeFileError } from './tree.ts';

const DEFAULT_NETWORK = 'default';
/** Where ports are published, whatever else the file says: nothing of a sandbox is reached from beyond this machine. */
const LOOPBACK = '127.0.0.1';

/**
 * What the sandbox will play of a project.
 * @throws {ComposeFileError} with every service it can't play, and everything that is named and not there
 */
export function planModel(model: ComposeModel): ComposePlan {
  const complaints = openComplaints();
  const services = model.services.flatMap((service) => planService(service, model, complaints) ?? []);
  checkNames(services, model, complaints);
  checkDependencies(model, complaints);
  if (complaints.problems.length > 0) throw new ComposeFileError(complaints.problems);
  return {
    services,
    volumes: model.volumes.map(({ name }) => name),
    networks: [...new Set(services.flatMap(({ networks }) => networks))],
  };
}

function planService(service: ServiceModel, model: ComposeModel, complaints: Complaints): ServicePlan | undefined {
  const { name, image, imagePlace, hostname, workingFolder } = service;
  const kind = image === undefined ? undefined : findServiceKind(image);
  if (image === undefined)
    complaints.add(service.place, `service ${name} has no image; the sandbox can play ${listServiceKinds()}`);
  else if (!kind)
    complaints.add(
      imagePlace,
      `service ${name}: the sandbox can't play the image ${image}; it can play ${listServiceKinds()}`,
    );
  const mounts = service.mounts.map((mount) => planMount(mount, service, model, complaints));
  const ports = service.ports.map((port) => planPort(port, service, complaints));
  const networks = service.networks.size === 0 ? [DEFAULT_NETWORK] : [...service.networks.keys()];
  for (const [network, { place }] of service.networks) {
    if (network === DEFAULT_NETWORK || model.networks.some((known) => known.name === network)) continue;
    complaints.add(place, `service "${name}" refers to undefined network ${network}: invalid compose project`);
  }
  if (!kind || image === undefined) return undefined;
  return {
    name,
    kind,
    image,
    containerName: service.containerName ?? `${model.name}-${name}-1`,
    ...(hostname && { hostname }),
    ...(workingFolder && { workingFolder }),
    command: [...(service.entrypoint ?? []), ...(service.command ?? [])],
    environment: Object.fromEntries(
      [...service.environment].flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
    ),
    labels: Object.fromEntries(service.labels),
    mounts,
    networks,
    aliases: Object.fromEntries([...service.networks].map(([network, { aliases }]) => [network, aliases])),
    ports: ports.filter((port) => port !== undefined),
    dependsOn: [...service.dependsOn.keys()].filter((other) => model.services.some((known) => known.name === other)),
  };
}

function planMount(
  { type, source, target, readOnly, place }: MountModel,
  { name }: ServiceModel,
  model: ComposeModel,
  complaints: Complaints,
): Mount {
  const common = { target, readOnly };
  if (type === 'bind') return { source: { kind: 'bind', path: source ?? '' }, ...common };
  if (type === 'tmpfs' || source === undefined) {
    const own = createHash('sha256').update(target).digest('hex').slice(0, 16);
    return { source: { kind: 'own', name: own }, ...common };
  }
  if (!model.volumes.some((volume) => volume.name === source)) {
    complaints.add(place, `service "${name}" refers to undefined volume ${source}: invalid compose project`);
  }
  return { source: { kind: 'volume', name: source }, ...common };
}

function planPort(
  { target, published, hostIp, protocol, place }: PortModel,
  { name }: ServiceModel,
  complaints: Complaints,
): PortPlan | undefined {
  const wanted = published === undefined || published === '0' ? [] : rangeOf(published);
  if (protocol !== 'tcp') complaints.add(place, `service ${name}: the sandbox publishes tcp ports, not ${protocol}`);
  else if (!Number.isInteger(target) || target < 1 || target > 65_535)
    complaints.add(place, `service ${name}: ${target} is no port`);
  else if (published !== undefined && published !== '0' && wanted.length === 0) {
    complaints.add(place, `service ${name}: ${published} is no port, and no range of ports`);
  } else {
    const isLoopback = hostIp !== undefined && /^127\.\d+\.\d+\.\d+$/.test(hostIp);
    return { host: isLoopback ? hostIp : LOOPBACK, published: wanted, target };
  }
  return undefined;
}

function checkNames(services: readonly ServicePlan[], model: ComposeModel, complaints: Complaints): void {
  const owners = new Map<string, string>();
  for (const { name, containerName } of services) {
    const owner = owners.get(containerName);
    const place = model.services.find((service) => service.name === name)?.place;
    if (owner !== undefined && place)
      complaints.add(place, `container name "${containerName}" is already in use by service ${owner}`);
    owners.set(containerName, name);
  }
  const taken = new Map<string, string>();
  for (const { name, ports } of services) {
    for (const { host, published } of ports.filter((port) => port.published.length === 1)) {
      const key = `${host}:${published[0]}`;
      const place = model.services.find((service) => service.name === name)?.place;
      const owner = taken.get(key);
      if (owner !== undefined && place)
        complaints.add(place, `service ${name}: port ${key} is published by service ${owner} too`);
      taken.set(key, name);
    }
  }
}

/** Everything that is depended on is there, and nothing waits for itself. */
function checkDependencies({ services }: ComposeModel, complaints: Complaints): void {
  const known = new Map(services.map((service) => [service.name, service]));
  for (const { name, dependsOn } of services) {
    for (const [other, { required, place }] of dependsOn) {
      if (required && !known.has(other))
        complaints.add(place, `service "${name}" depends on undefined service "${other}": invalid compose project`);
    }
  }
  const done = new Set<string>();
  const visit = (service: ServiceModel, chain: readonly string[]): void => {
    if (chain.includes(service.name)) {
      const circle = [...chain.slice(chain.indexOf(service.name)), service.name].join(' -> ');
      complaints.add(service.place, `dependency cycle detected: ${circle}`);
      return;
    }
    if (done.has(service.name)) return;
    for (const other of service.dependsOn.keys()) {
      const next = known.get(other);
      if (next) visit(next, [...chain, service.name]);
    }
    done.add(service.name);
  };
  for (const service of services) visit(service, []);
}
