import { humanSize, isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import type { ListFormat, RichRow } from '../list-format.ts';

/** A list of volumes, as docker shows it. */
export const VOLUME_LIST: ListFormat = {
  headings: {
    Availability: 'AVAILABILITY',
    Driver: 'DRIVER',
    Group: 'GROUP',
    Labels: 'LABELS',
    Links: 'LINKS',
    Mountpoint: 'MOUNTPOINT',
    Name: 'VOLUME NAME',
    Scope: 'SCOPE',
    Size: 'SIZE',
    Status: 'STATUS',
  },
  table: ['Driver', 'Name'],
  type: '*formatter.volumeContext',
};
const UNKNOWN = 'N/A';

/** A row of it (Docker Engine API v1.50, `Volume`). What only volumes of a cluster have is not available. */
export function volumeRow(volume: JsonObject): RichRow {
  const labels = isJsonObject(volume.Labels) ? volume.Labels : {};
  const usage = isJsonObject(volume.UsageData) ? volume.UsageData : {};
  const count = (value: JsonValue | undefined, show: (count: number) => string): string =>
    typeof value === 'number' ? show(value) : UNKNOWN;
  return {
    Availability: UNKNOWN,
    Driver: text(volume.Driver),
    Group: UNKNOWN,
    Label: (name: unknown) => text(labels[String(name)]),
    Labels: Object.entries(labels)
      .map(([name, value]) => `${name}=${text(value)}`)
      .join(','),
    Links: count(usage.RefCount, String),
    Mountpoint: text(volume.Mountpoint),
    Name: text(volume.Name),
    Scope: text(volume.Scope),
    Size: count(usage.Size, humanSize),
    Status: UNKNOWN,
  };
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
