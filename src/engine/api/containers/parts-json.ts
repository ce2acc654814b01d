import { createHash } from 'node:crypto';
import type { Attachment, HostContainer } from '../../host/container.ts';

/** Ports of a list (Engine API v1.51, `Port`). */
export function portsJson({ ports }: HostContainer): unknown[] {
  return ports.map(({ address, port }) => ({ IP: address, PrivatePort: port, PublicPort: port, Type: 'tcp' }));
}

/** Ports as inspection shows them (Engine API v1.51, `PortMap`). */
export function portMapJson({ ports }: HostContainer): Record<string, unknown> {
  return Object.fromEntries(
    ports.map(({ address, port }) => [`${port}/tcp`, [{ HostIp: address, HostPort: String(port) }]]),
  );
}

/** A container's networks by name (Engine API v1.51, `EndpointSettings`). */
export function networksJson({ id, networks }: HostContainer): Record<string, unknown> {
  return Object.fromEntries(networks.map((attachment) => [attachment.network, endpointJson(id, attachment)]));
}

function endpointJson(containerId: string, { network, address, aliases }: Attachment): unknown {
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: aliases,
    MacAddress: '',
    DriverOpts: null,
    GwPriority: 0,
    NetworkID: networkIdOf(network),
    EndpointID: endpointIdOf(containerId, network),
    Gateway: '',
    IPAddress: address,
    IPPrefixLen: address === '' ? 0 : 8,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    DNSNames: aliases,
  };
}

/** Ids of networks, from their names: the same at every start. */
export function networkIdOf(name: string): string {
  return createHash('sha256').update(`network ${name}`).digest('hex');
}

export function endpointIdOf(containerId: string, network: string): string {
  return createHash('sha256').update(`endpoint ${containerId} ${network}`).digest('hex');
}

/** Folders in a container (Engine API v1.51, `MountPoint`). */
export function mountsJson({ mounts }: HostContainer): unknown[] {
  return mounts.map(({ volume, source, target, readOnly }) => ({
    Type: volume === undefined ? 'bind' : 'volume',
    ...(volume !== undefined && { Name: volume }),
    Source: source,
    Destination: target,
    ...(volume !== undefined && { Driver: 'local' }),
    Mode: readOnly ? 'ro' : 'rw',
    RW: !readOnly,
    Propagation: volume === undefined ? 'rprivate' : '',
  }));
}
