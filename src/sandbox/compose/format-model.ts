import { stringify } from 'yaml';
import type { ComposeModel, MountModel, PortModel, ServiceModel, VolumeModel } from './model.ts';

type Plain = Record<string, unknown>;

/**
 * A project as `docker compose config` prints it: files merged, variables put in, short forms written out. In YAML what is
 * not there is left out; in JSON `command` and `entrypoint` always stand, as with compose.
 */
export function formatModel(model: ComposeModel, format: 'yaml' | 'json'): string {
  const plain = plainModel(model, format);
  if (format === 'json') return `${JSON.stringify(plain, null, 2)}\n`;
  return stringify(plain, { lineWidth: 0, aliasDuplicateObjects: false });
}

function plainModel({ name, services, volumes, networks, extensions }: ComposeModel, format: 'yaml' | 'json'): Plain {
  const usesDefault = services.some((service) => service.networks.size === 0);
  const hasDefault = networks.some((network) => network.name === 'default');
  const all: readonly Pick<VolumeModel, 'name' | 'fullName'>[] = [
    ...networks,
    ...(usesDefault && !hasDefault ? [{ name: 'default', fullName: `${name}_default` }] : []),
  ];
  return compact({
    name,
    services: byName(services.map((service) => [service.name, plainService(service, format)])),
    networks: all.length
      ? byName(all.map((network) => [network.name, { name: network.fullName, ipam: {} }]))
      : undefined,
    volumes: volumes.length ? byName(volumes.map((volume) => [volume.name, { name: volume.fullName }])) : undefined,
    ...extensions,
  });
}

function plainService(service: ServiceModel, format: 'yaml' | 'json'): Plain {
  const isJson = format === 'json';
  const { depends_on: _depends, ...others } = service.others;
  const attributes = compact({
    ...others,
    command: service.command ?? (isJson ? null : undefined),
    container_name: service.containerName,
    depends_on: service.dependsOn.size
      ? byName([...service.dependsOn].map(([name, { condition, required }]) => [name, { condition, required }]))
      : undefined,
    entrypoint: service.entrypoint ?? (isJson ? null : undefined),
    environment: service.environment.size ? byName([...service.environment]) : undefined,
    hostname: service.hostname,
    image: service.image,
    labels: service.labels.size ? byName([...service.labels]) : undefined,
    networks: plainNetworks(service),
    ports: service.ports.length ? service.ports.map(plainPort) : undefined,
    volumes: service.mounts.length ? service.mounts.map(plainMount) : undefined,
    working_dir: service.workingFolder,
  });
  const profiles = service.profiles.length ? { profiles: service.profiles } : {};
  return { ...profiles, ...byName(Object.entries(attributes)) };
}

function plainNetworks({ networks }: ServiceModel): Plain {
  if (networks.size === 0) return { default: null };
  return byName([...networks].map(([name, { aliases }]) => [name, aliases.length ? { aliases } : null]));
}

function plainPort({ hostIp, target, published, protocol }: PortModel): Plain {
  return compact({ mode: 'ingress', host_ip: hostIp, target, published, protocol });
}

function plainMount({ type, source, target, readOnly }: MountModel): Plain {
  const options = { bind: { bind: { create_host_path: true } }, volume: { volume: {} }, tmpfs: { tmpfs: {} } }[type];
  return compact({ type, source, target, read_only: readOnly || undefined, ...options });
}

function byName(entries: readonly (readonly [string, unknown])[]): Plain {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function compact(plain: Plain): Plain {
  return Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
}
