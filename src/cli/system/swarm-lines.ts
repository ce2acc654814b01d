import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';

/** What `docker info` says of a swarm that the Engine is in, but for its settings; nothing where it is in none. */
export function swarmLines(swarm: JsonObject): string[] {
  const state = text(swarm.LocalNodeState);
  if (state === '' || state === 'inactive' || state === 'locked') return [];
  const cluster = isJsonObject(swarm.Cluster) ? swarm.Cluster : undefined;
  return [
    `  NodeID: ${text(swarm.NodeID)}`,
    ...(text(swarm.Error) === '' ? [] : [`  Error: ${text(swarm.Error)}`]),
    `  Is Manager: ${swarm.ControlAvailable === true}`,
    ...(cluster && swarm.ControlAvailable === true
      ? [`  ClusterID: ${text(cluster.ID)}`, `  Managers: ${text(swarm.Managers)}`, `  Nodes: ${text(swarm.Nodes)}`]
      : []),
    `  Node Address: ${text(swarm.NodeAddr)}`,
    ...managers(swarm.RemoteManagers),
  ];
}

function managers(value: JsonValue | undefined): string[] {
  const all: readonly JsonValue[] = Array.isArray(value) ? value : [];
  const addresses = all.filter(isJsonObject).map((manager) => `   ${text(manager.Addr)}`);
  return addresses.length === 0 ? [] : ['  Manager Addresses:', ...addresses.sort()];
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
