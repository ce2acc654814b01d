import { any, bool, list, map, named, optional, string, struct, time } from '../go-type.ts';

/** What `docker network inspect --format` is filled with first (moby 28, `network.Inspect`). */
export const networkInspection = struct('network.Inspect', {
  Name: string,
  ID: named('Id', string),
  Created: time,
  Scope: string,
  Driver: string,
  EnableIPv4: bool,
  EnableIPv6: bool,
  IPAM: struct('network.IPAM', {
    Driver: string,
    Options: map(string),
    Config: list(
      struct('network.IPAMConfig', {
        Subnet: optional(string),
        IPRange: optional(string),
        Gateway: optional(string),
        AuxAddress: optional(map(string), 'AuxiliaryAddresses'),
      }),
    ),
  }),
  Internal: bool,
  Attachable: bool,
  Ingress: bool,
  ConfigFrom: struct('network.ConfigReference', { Network: string }),
  ConfigOnly: bool,
  Containers: map(
    struct('network.EndpointResource', {
      Name: string,
      EndpointID: string,
      MacAddress: string,
      IPv4Address: string,
      IPv6Address: string,
    }),
  ),
  Options: map(string),
  Labels: map(string),
  Peers: optional(list(any)),
  Services: optional(map(any)),
});
