import {
  any,
  array,
  bool,
  embedded,
  type GoField,
  int,
  int64,
  list,
  map,
  named,
  optional,
  pointer,
  reference,
  string,
  struct,
  time,
} from '../go-type.ts';
import { containerConfig, descriptor } from './image.ts';

/** What `docker container inspect --format` is filled with first (moby 28, `container.InspectResponse`). */
const health = struct('container.Health', {
  Status: string,
  FailingStreak: int,
  Log: list(pointer(struct('container.HealthcheckResult', { Start: time, End: time, ExitCode: int, Output: string }))),
});

const state = struct('container.State', {
  Status: string,
  Running: bool,
  Paused: bool,
  Restarting: bool,
  OOMKilled: bool,
  Dead: bool,
  Pid: int,
  ExitCode: int,
  Error: string,
  StartedAt: string,
  FinishedAt: string,
  Health: optional(pointer(health)),
});

const portMap = map(list(struct('nat.PortBinding', { HostIP: named('HostIp', string), HostPort: string })));
const device = struct('blkiodev.ThrottleDevice', { Path: string, Rate: int64 });

const resources = struct('container.Resources', {
  CPUShares: named('CpuShares', int64),
  Memory: int64,
  NanoCPUs: named('NanoCpus', int64),
  CgroupParent: string,
  BlkioWeight: int,
  BlkioWeightDevice: list(pointer(struct('blkiodev.WeightDevice', { Path: string, Weight: int }))),
  BlkioDeviceReadBps: list(pointer(device)),
  BlkioDeviceWriteBps: list(pointer(device)),
  BlkioDeviceReadIOps: list(pointer(device)),
  BlkioDeviceWriteIOps: list(pointer(device)),
  CPUPeriod: named('CpuPeriod', int64),
  CPUQuota: named('CpuQuota', int64),
  CPURealtimePeriod: named('CpuRealtimePeriod', int64),
  CPURealtimeRuntime: named('CpuRealtimeRuntime', int64),
  CpusetCpus: string,
  CpusetMems: string,
  Devices: list(
    struct('container.DeviceMapping', { PathOnHost: string, PathInContainer: string, CgroupPermissions: string }),
  ),
  DeviceCgroupRules: list(string),
  DeviceRequests: list(
    struct('container.DeviceRequest', {
      Driver: string,
      Count: int,
      DeviceIDs: list(string),
      Capabilities: list(list(string)),
      Options: map(string),
    }),
  ),
  KernelMemory: optional(int64),
  KernelMemoryTCP: optional(int64),
  MemoryReservation: int64,
  MemorySwap: int64,
  MemorySwappiness: reference(int64),
  OomKillDisable: reference(bool),
  PidsLimit: reference(int64),
  Ulimits: list(pointer(struct('units.Ulimit', { Name: string, Hard: int64, Soft: int64 }))),
  CPUCount: named('CpuCount', int64),
  CPUPercent: named('CpuPercent', int64),
  IOMaximumIOps: int64,
  IOMaximumBandwidth: int64,
});

const hostConfig = struct('container.HostConfig', {
  Binds: list(string),
  ContainerIDFile: string,
  LogConfig: struct('container.LogConfig', { Type: string, Config: map(string) }),
  NetworkMode: string,
  PortBindings: portMap,
  RestartPolicy: struct('container.RestartPolicy', { Name: string, MaximumRetryCount: int }),
  AutoRemove: bool,
  VolumeDriver: string,
  VolumesFrom: list(string),
  ConsoleSize: array(int, 2),
  Annotations: optional(map(string)),
  CapAdd: list(string),
  CapDrop: list(string),
  CgroupnsMode: string,
  DNS: named('Dns', list(string)),
  DNSOptions: named('DnsOptions', list(string)),
  DNSSearch: named('DnsSearch', list(string)),
  ExtraHosts: list(string),
  GroupAdd: list(string),
  IpcMode: string,
  Cgroup: string,
  Links: list(string),
  OomScoreAdj: int,
  PidMode: string,
  Privileged: bool,
  PublishAllPorts: bool,
  ReadonlyRootfs: bool,
  SecurityOpt: list(string),
  StorageOpt: optional(map(string)),
  Tmpfs: optional(map(string)),
  UTSMode: string,
  UsernsMode: string,
  ShmSize: int64,
  Sysctls: optional(map(string)),
  Runtime: optional(string),
  Isolation: string,
  Resources: embedded(resources),
  Mounts: optional(list(any)),
  MaskedPaths: list(string),
  ReadonlyPaths: list(string),
  Init: optional(reference(bool)),
});

const endpoint = struct('network.EndpointSettings', {
  IPAMConfig: pointer(
    struct('network.EndpointIPAMConfig', {
      IPv4Address: optional(string),
      IPv6Address: optional(string),
      LinkLocalIPs: optional(list(string)),
    }),
  ),
  Links: list(string),
  Aliases: list(string),
  MacAddress: string,
  DriverOpts: map(string),
  GwPriority: int,
  NetworkID: string,
  EndpointID: string,
  Gateway: string,
  IPAddress: string,
  IPPrefixLen: int,
  IPv6Gateway: string,
  GlobalIPv6Address: string,
  GlobalIPv6PrefixLen: int,
  DNSNames: list(string),
});

const address = struct('network.Address', { Addr: string, PrefixLen: int });

const networkSettings = struct('container.NetworkSettings', {
  NetworkSettingsBase: embedded(
    struct('container.NetworkSettingsBase', {
      Bridge: string,
      SandboxID: string,
      SandboxKey: string,
      Ports: portMap,
      HairpinMode: bool,
      LinkLocalIPv6Address: string,
      LinkLocalIPv6PrefixLen: int,
      SecondaryIPAddresses: list(address),
      SecondaryIPv6Addresses: list(address),
    }),
  ),
  DefaultNetworkSettings: embedded(
    struct('container.DefaultNetworkSettings', {
      EndpointID: string,
      Gateway: string,
      GlobalIPv6Address: string,
      GlobalIPv6PrefixLen: int,
      IPAddress: string,
      IPPrefixLen: int,
      IPv6Gateway: string,
      MacAddress: string,
    }),
  ),
  Networks: map(pointer(endpoint)),
});

const base = struct('container.ContainerJSONBase', {
  ID: named('Id', string),
  Created: string,
  Path: string,
  Args: list(string),
  State: pointer(state),
  Image: string,
  ResolvConfPath: string,
  HostnamePath: string,
  HostsPath: string,
  LogPath: string,
  Name: string,
  RestartCount: int,
  Driver: string,
  Platform: string,
  MountLabel: string,
  ProcessLabel: string,
  AppArmorProfile: string,
  ExecIDs: list(string),
  HostConfig: pointer(hostConfig),
  GraphDriver: struct('storage.DriverData', { Data: map(string), Name: string }),
  SizeRw: optional(reference(int64)),
  SizeRootFs: optional(reference(int64)),
});

const mount = struct('container.MountPoint', {
  Type: optional(string),
  Name: optional(string),
  Source: string,
  Destination: string,
  Driver: optional(string),
  Mode: string,
  RW: bool,
  Propagation: string,
});

/** The first is embedded by a pointer: its fields are the whole's, and it prints as an address. */
const whole: Readonly<Record<string, GoField>> = {
  ContainerJSONBase: { type: pointer(base), isEmbedded: true },
  Mounts: { type: list(mount) },
  Config: { type: pointer(containerConfig) },
  NetworkSettings: { type: pointer(networkSettings) },
  ImageManifestDescriptor: optional(pointer(descriptor)),
};

export const containerInspection = struct('container.InspectResponse', whole);
