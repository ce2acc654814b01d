import type { NodeApp } from '../../http/index.ts';
import type { HostContainer, HostNetwork } from '../host/container.ts';
import { endpointIdOf } from './containers/parts-json.ts';
import { type Filters, parseFilters } from './filters.ts';
import { jsonReply, NotHereError } from './reply.ts';
import type { EngineApiSettings } from './settings.ts';

const FILTERS = new Set(['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type']);
const DRIVER = 'bridge';

/** Networks of the host, to be looked at (Engine API v1.51, "Networks"). */
export function routeNetworks(app: NodeApp, { host }: EngineApiSettings): void {
  app.get('/networks', (c) => {
    const filters = parseFilters(c.req.query('filters'), FILTERS);
    const networks = host.networks().filter((network) => matches(network, filters, host.containers()));
    return jsonReply(networks.map((network) => networkJson(network, [])));
  });
  app.get('/networks/:name{.+}', (c) => {
    const name = c.req.param('name');
    const networks = host.networks();
    const found =
      networks.find((network) => network.name === name || network.id === name) ??
      networks.find(({ id }) => name !== '' && id.startsWith(name));
    if (!found) throw new NotHereError(`network ${name} not found`);
    return jsonReply(networkJson(found, host.containers()));
  });
  app.post('/networks/prune', () => jsonReply({ NetworksDeleted: null }));
}

/** Engine API v1.51, `Network`. */
function networkJson({ id, name, createdAt, labels }: HostNetwork, containers: readonly HostContainer[]): unknown {
  const attached = containers.flatMap((container) => {
    const place = container.networks.find(({ network }) => network === name);
    return place && container.state === 'running' ? [{ container, place }] : [];
  });
  return {
    Name: name,
    Id: id,
    Created: createdAt.toISOString(),
    Scope: 'local',
    Driver: DRIVER,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Options: null, Config: [{ Subnet: '127.0.0.0/8' }] },
    Internal: true,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: Object.fromEntries(
      attached.map(({ container, place }) => [
        container.id,
        {
          Name: container.name,
          EndpointID: endpointIdOf(container.id, name),
          MacAddress: '',
          IPv4Address: `${place.address}/8`,
          IPv6Address: '',
        },
      ]),
    ),
    Options: {},
    Labels: labels,
  };
}

function matches(network: HostNetwork, filters: Filters, containers: readonly HostContainer[]): boolean {
  const isInUse = containers.some(({ networks }) => networks.some((place) => place.network === network.name));
  const rules: Readonly<Record<string, (value: string) => boolean>> = {
    dangling: (value) => (value === 'true' || value === '1') !== isInUse,
    driver: (value) => value === DRIVER,
    id: (value) => network.id.startsWith(value),
    label: (value) => value === '' || labelMatches(network.labels, value),
    name: (value) => network.name.includes(value),
    scope: (value) => value === 'local',
    type: (value) => value === 'custom',
  };
  return [...filters].every(([name, values]) => values.length === 0 || values.some((value) => rules[name]?.(value)));
}

/** `name`, or `name=value`. */
export function labelMatches(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [name = '', ...value] = wanted.split('=');
  return value.length === 0 ? Object.hasOwn(labels, name) : labels[name] === value.join('=');
}
