import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import { memberOf } from '../docker-config.ts';
import { binarySize } from './binary-size.ts';
import { swarmLines } from './swarm-lines.ts';

export function clientLines(client: Readonly<Record<string, unknown>>): string[] {
  return [
    'Client:',
    ` Version:    ${client.Version}`,
    ` Context:    ${client.Context}`,
    ` Debug Mode: ${client.Debug}`,
  ];
}

/** What `docker info` prints of an Engine (docker CLI 28, `command/system/info.go`), in its order. */
export function serverLines(
  info: JsonObject,
  { userName, isDebug }: { readonly userName: string; readonly isDebug: boolean },
): string[] {
  return [
    ...counts(info),
    ...pairs(info.DriverStatus).map(([name, value]) => `  ${name}: ${value}`),
    ...filled(info, ' Logging Driver', 'LoggingDriver'),
    ...filled(info, ' Cgroup Driver', 'CgroupDriver'),
    ...filled(info, ' Cgroup Version', 'CgroupVersion'),
    ...plugins(memberOf(info, 'Plugins')),
    ...named(' CDI spec directories:', texts(info.CDISpecDirs)),
    ` Swarm: ${text(memberOf(info, 'Swarm').LocalNodeState)}`,
    ...swarmLines(memberOf(info, 'Swarm')),
    ...runtimes(info),
    ...(info.OSType === 'linux' ? ofLinux(info) : []),
    ...(info.OSType === 'windows' ? [` Default Isolation: ${text(info.Isolation)}`] : []),
    ...machine(info),
    ...(info.Debug === true || isDebug ? debug(info) : []),
    ...filled(info, ' HTTP Proxy', 'HttpProxy'),
    ...filled(info, ' HTTPS Proxy', 'HttpsProxy'),
    ...filled(info, ' No Proxy', 'NoProxy'),
    ...(userName === '' ? [] : [` Username: ${userName}`]),
    ...named(' Labels:', texts(info.Labels)),
    ` Experimental: ${text(info.ExperimentalBuild)}`,
    ...registries(memberOf(info, 'RegistryConfig')),
    ` Live Restore Enabled: ${text(info.LiveRestoreEnabled)}`,
    ...filled(info, ' Product License', 'ProductLicense'),
    ...addressPools(info.DefaultAddressPools),
    ...firewall(memberOf(info, 'FirewallBackend')),
  ];
}

function counts(info: JsonObject): string[] {
  return [
    ` Containers: ${text(info.Containers)}`,
    `  Running: ${text(info.ContainersRunning)}`,
    `  Paused: ${text(info.ContainersPaused)}`,
    `  Stopped: ${text(info.ContainersStopped)}`,
    ` Images: ${text(info.Images)}`,
    ...filled(info, ' Server Version', 'ServerVersion'),
    ...filled(info, ' Storage Driver', 'Driver'),
  ];
}

function plugins(info: JsonObject): string[] {
  const of = (name: string): string => texts(info[name]).join(' ');
  return [
    ' Plugins:',
    `  Volume: ${of('Volume')}`,
    `  Network: ${of('Network')}`,
    ...(of('Authorization') === '' ? [] : [`  Authorization: ${of('Authorization')}`]),
    `  Log: ${of('Log')}`,
  ];
}

function runtimes(info: JsonObject): string[] {
  const names = Object.keys(memberOf(info, 'Runtimes')).sort();
  return names.length === 0 ? [] : [` Runtimes: ${names.join(' ')}`, ` Default Runtime: ${text(info.DefaultRuntime)}`];
}

function ofLinux(info: JsonObject): string[] {
  const commit = (name: string): string => text(memberOf(info, name).ID);
  return [
    ` Init Binary: ${text(info.InitBinary)}`,
    ` containerd version: ${commit('ContainerdCommit')}`,
    ` runc version: ${commit('RuncCommit')}`,
    ` init version: ${commit('InitCommit')}`,
    ...named(' Security Options:', texts(info.SecurityOptions).flatMap(securityOption)),
  ];
}

/** `name=seccomp,profile=default`; an old Engine gives the name alone. */
function securityOption(option: string): string[] {
  const parts = option.split(',').map((part) => part.split('='));
  const partOf = (key: string): string | undefined => parts.find(([name]) => name === key)?.[1];
  const profile = partOf('profile');
  return [partOf('name') ?? option, ...(profile === undefined ? [] : [` Profile: ${profile}`])];
}

function machine(info: JsonObject): string[] {
  return [
    ...filled(info, ' Kernel Version', 'KernelVersion'),
    ...filled(info, ' Operating System', 'OperatingSystem'),
    ...filled(info, ' OSType', 'OSType'),
    ...filled(info, ' Architecture', 'Architecture'),
    ` CPUs: ${text(info.NCPU)}`,
    ` Total Memory: ${binarySize(typeof info.MemTotal === 'number' ? info.MemTotal : 0)}`,
    ...filled(info, ' Name', 'Name'),
    ...filled(info, ' ID', 'ID'),
    ` Docker Root Dir: ${text(info.DockerRootDir)}`,
    ` Debug Mode: ${text(info.Debug) || 'false'}`,
  ];
}

function debug(info: JsonObject): string[] {
  return [
    `  File Descriptors: ${text(info.NFd) || '0'}`,
    `  Goroutines: ${text(info.NGoroutines) || '0'}`,
    `  System Time: ${text(info.SystemTime)}`,
    `  EventsListeners: ${text(info.NEventsListener) || '0'}`,
  ];
}

function registries(info: JsonObject): string[] {
  const indexes = Object.values(memberOf(info, 'IndexConfigs')).filter(isJsonObject);
  const ranges = texts(info.InsecureRegistryCIDRs);
  const insecure = indexes.filter((index) => index.Secure !== true).map((index) => text(index.Name));
  return [
    ...(indexes.length + ranges.length === 0 ? [] : [' Insecure Registries:']),
    ...[...insecure, ...ranges].map((name) => `  ${name}`),
    ...named(' Registry Mirrors:', texts(info.Mirrors)),
  ];
}

function addressPools(value: JsonValue | undefined): string[] {
  const pools: readonly JsonValue[] = Array.isArray(value) ? value : [];
  const lines = pools.filter(isJsonObject).map((pool) => ` Base: ${text(pool.Base)}, Size: ${text(pool.Size)}`);
  return named(' Default Address Pools:', lines);
}

function firewall(backend: JsonObject): string[] {
  if (typeof backend.Driver !== 'string') return [];
  return [` Firewall Backend: ${backend.Driver}`, ...pairs(backend.Info).map(([name, value]) => `  ${name}: ${value}`)];
}

/** A heading with its lines; nothing where there are none. */
function named(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [heading, ...lines.map((line) => `  ${line}`)];
}

/** A line that is left out where there is nothing to say. */
function filled(info: JsonObject, label: string, name: string): string[] {
  const value = text(info[name]);
  return value === '' ? [] : [`${label}: ${value}`];
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function texts(value: JsonValue | undefined): string[] {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return items.filter((item): item is string => typeof item === 'string');
}

function pairs(value: JsonValue | undefined): (readonly [string, string])[] {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return items.flatMap((item) => (Array.isArray(item) ? [[text(item[0]), text(item[1])] as const] : []));
}
