import { any, bool, embedded, int, int64, list, map, named, optional, pointer, string, struct } from '../go-type.ts';
import { clientVersion } from './version.ts';

/** What `docker info --format` is filled with (docker CLI 28, `command/system/info.go`; moby 28, `system.Info`). */
const commit = struct('system.Commit', { ID: string, Expected: optional(string) });

const swarm = struct('swarm.Info', {
  NodeID: string,
  NodeAddr: string,
  LocalNodeState: string,
  ControlAvailable: bool,
  Error: string,
  RemoteManagers: list(struct('swarm.Peer', { NodeID: string, Addr: string })),
  Nodes: optional(int),
  Managers: optional(int),
  Cluster: optional(any),
  Warnings: optional(list(string)),
});

const runtime = struct('system.RuntimeWithStatus', {
  Runtime: embedded(
    struct('system.Runtime', {
      Path: optional(string, 'path'),
      Args: optional(list(string), 'runtimeArgs'),
      Type: optional(string, 'runtimeType'),
      Options: optional(map(any), 'options'),
    }),
  ),
  Status: optional(map(string), 'status'),
});

const index = struct('registry.IndexInfo', { Name: string, Mirrors: list(string), Secure: bool, Official: bool });

const registryConfig = struct(
  'registry.ServiceConfig',
  {
    AllowNondistributableArtifactsCIDRs: optional(list(string)),
    AllowNondistributableArtifactsHostnames: optional(list(string)),
    InsecureRegistryCIDRs: list(string),
    IndexConfigs: map(pointer(index)),
    Mirrors: list(string),
    ExtraFields: { type: map(any), isOptional: true, json: '' },
  },
  { hasSortedJson: true },
);

const engineInfo = struct('system.Info', {
  ID: string,
  Containers: int,
  ContainersRunning: int,
  ContainersPaused: int,
  ContainersStopped: int,
  Images: int,
  Driver: string,
  DriverStatus: list(list(string)),
  SystemStatus: optional(list(list(string))),
  Plugins: struct('system.PluginsInfo', {
    Volume: list(string),
    Network: list(string),
    Authorization: list(string),
    Log: list(string),
  }),
  MemoryLimit: bool,
  SwapLimit: bool,
  KernelMemory: optional(bool),
  KernelMemoryTCP: optional(bool),
  CPUCfsPeriod: named('CpuCfsPeriod', bool),
  CPUCfsQuota: named('CpuCfsQuota', bool),
  CPUShares: bool,
  CPUSet: bool,
  PidsLimit: bool,
  IPv4Forwarding: bool,
  Debug: bool,
  NFd: int,
  OomKillDisable: bool,
  NGoroutines: int,
  SystemTime: string,
  LoggingDriver: string,
  CgroupDriver: string,
  CgroupVersion: optional(string),
  NEventsListener: int,
  KernelVersion: string,
  OperatingSystem: string,
  OSVersion: string,
  OSType: string,
  Architecture: string,
  IndexServerAddress: string,
  RegistryConfig: pointer(registryConfig),
  NCPU: int,
  MemTotal: int64,
  GenericResources: list(any),
  DockerRootDir: string,
  HTTPProxy: named('HttpProxy', string),
  HTTPSProxy: named('HttpsProxy', string),
  NoProxy: string,
  Name: string,
  Labels: list(string),
  ExperimentalBuild: bool,
  ServerVersion: string,
  Runtimes: map(runtime),
  DefaultRuntime: string,
  Swarm: swarm,
  LiveRestoreEnabled: bool,
  Isolation: string,
  InitBinary: string,
  ContainerdCommit: commit,
  RuncCommit: commit,
  InitCommit: commit,
  SecurityOptions: list(string),
  ProductLicense: optional(string),
  DefaultAddressPools: optional(list(struct('system.NetworkAddressPool', { Base: string, Size: int }))),
  FirewallBackend: optional(
    pointer(struct('system.FirewallInfo', { Driver: string, Info: optional(list(list(string))) })),
  ),
  CDISpecDirs: list(string),
  Containerd: optional(
    pointer(
      struct('system.ContainerdInfo', {
        Address: optional(string),
        Namespaces: struct('system.ContainerdNamespaces', { Containers: string, Plugins: string }),
      }),
    ),
  ),
  Warnings: list(string),
});

const clientInfo = struct('system.clientInfo', {
  Debug: bool,
  clientVersion: embedded(clientVersion),
  Plugins: list(any),
  Warnings: list(string),
});

export const dockerInfo = struct('system.dockerInfo', {
  Info: embedded(engineInfo),
  ServerErrors: optional(list(string)),
  ClientInfo: optional(pointer(clientInfo)),
  ClientErrors: optional(list(string)),
});
