import type { NodeApp } from '../../http/index.ts';
import type { HostVolume } from '../host/container.ts';
import type { EngineHost } from '../host/host.ts';
import { type Filters, parseFilters } from './filters.ts';
import { labelMatches } from './networks.ts';
import { jsonReply, NotHereError } from './reply.ts';
import type { EngineApiSettings } from './settings.ts';

const FILTERS = new Set(['dangling', 'driver', 'label', 'name']);
const DRIVER = 'local';

/** Volumes of the host, to be looked at (Engine API v1.51, "Volumes"). */
export function routeVolumes(app: NodeApp, { host }: EngineApiSettings): void {
  app.get('/volumes', (c) => {
    const filters = parseFilters(c.req.query('filters'), FILTERS);
    const volumes = host.volumes().filter((volume) => matches(volume, filters, host));
    return jsonReply({ Volumes: volumes.map(volumeJson), Warnings: null });
  });
  app.get('/volumes/:name{.+}', (c) => {
    const name = c.req.param('name');
    const found = host.volumes().find((volume) => volume.name === name);
    if (!found) throw new NotHereError(`get ${name}: no such volume`);
    return jsonReply(volumeJson(found));
  });
  app.post('/volumes/prune', () => jsonReply({ VolumesDeleted: [], SpaceReclaimed: 0 }));
}

/** Engine API v1.51, `Volume`. */
export function volumeJson({ name, folder, createdAt, labels }: HostVolume): unknown {
  return {
    CreatedAt: createdAt.toISOString(),
    Driver: DRIVER,
    Labels: labels,
    Mountpoint: folder,
    Name: name,
    Options: null,
    Scope: 'local',
  };
}

function matches(volume: HostVolume, filters: Filters, host: EngineHost): boolean {
  const isInUse = host.containers().some(({ mounts }) => mounts.some((mount) => mount.volume === volume.name));
  const rules: Readonly<Record<string, (value: string) => boolean>> = {
    dangling: (value) => (value === 'true' || value === '1') !== isInUse,
    driver: (value) => value === DRIVER,
    label: (value) => labelMatches(volume.labels, value),
    name: (value) => volume.name.includes(value),
  };
  return [...filters].every(([name, values]) => values.length === 0 || values.some((value) => rules[name]?.(value)));
}
