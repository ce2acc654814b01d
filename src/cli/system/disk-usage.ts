import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import type { Row } from '../list-format.ts';

/** What an Engine says of its disk (Docker Engine API v1.41 to v1.50, `SystemDataUsage`). Sizes are bytes. */
export interface DiskUsage {
  readonly layersSize: number;
  readonly images: readonly JsonObject[];
  readonly containers: readonly JsonObject[];
  readonly volumes: readonly JsonObject[];
  readonly buildCache: readonly JsonObject[];
  readonly buildCacheSize: number;
}

export function readDiskUsage(answer: JsonValue): DiskUsage {
  const usage = isJsonObject(answer) ? answer : {};
  const listOf = (value: JsonValue | undefined): JsonObject[] => {
    const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
    return items.filter(isJsonObject);
  };
  const buildCache = listOf(usage.BuildCache);
  const own = buildCache.filter(({ Shared: shared }) => shared !== true);
  return {
    layersSize: number(usage.LayersSize),
    images: listOf(usage.Images),
    containers: listOf(usage.Containers),
    volumes: listOf(usage.Volumes),
    buildCache,
    buildCacheSize: typeof usage.BuilderSize === 'number' ? usage.BuilderSize : sum(own.map((it) => number(it.Size))),
  };
}

/** One row for each kind (docker CLI 28, `command/formatter/disk_usage.go`). */
export function summaryRows(usage: DiskUsage, show: (bytes: number) => string): Row[] {
  return [ofImages(usage), ofContainers(usage), ofVolumes(usage), ofBuildCache(usage)].map((kind) => {
    const percent = kind.size > 0 && kind.hasPercent ? ` (${Math.trunc((kind.reclaimable * 100) / kind.size)}%)` : '';
    return {
      Active: String(kind.active),
      Reclaimable: `${show(kind.reclaimable)}${percent}`,
      Size: show(kind.size),
      TotalCount: String(kind.total),
      Type: kind.type,
    };
  });
}

interface Kind {
  readonly type: string;
  readonly total: number;
  readonly active: number;
  readonly size: number;
  readonly reclaimable: number;
  readonly hasPercent: boolean;
}

/** Layers that an image shares with others are not counted as used by it, so that docker's figures are had. */
function ofImages({ images, layersSize }: DiskUsage): Kind {
  const used = images
    .filter(({ Containers: count, Size: size, SharedSize: shared }) => count !== 0 && size !== -1 && shared !== -1)
    .map(({ Size: size, SharedSize: shared }) => number(size) - number(shared));
  const active = images.filter(({ Containers: count }) => number(count) > 0).length;
  const reclaimable = layersSize - sum(used);
  return { type: 'Images', total: images.length, active, size: layersSize, reclaimable, hasPercent: true };
}

function ofContainers({ containers }: DiskUsage): Kind {
  const isActive = ({ State: state }: JsonObject): boolean =>
    ['running', 'paused', 'restarting'].some((word) => String(state).includes(word));
  const sizes = (of: readonly JsonObject[]): number => sum(of.map(({ SizeRw: size }) => number(size)));
  return {
    type: 'Containers',
    total: containers.length,
    active: containers.filter(isActive).length,
    size: sizes(containers),
    reclaimable: sizes(containers.filter((container) => !isActive(container))),
    hasPercent: true,
  };
}

function ofVolumes({ volumes }: DiskUsage): Kind {
  const usages = volumes.map(({ UsageData: usage }) => (isJsonObject(usage) ? usage : {}));
  const sizes = (of: readonly JsonObject[]): number => sum(of.map(({ Size: size }) => Math.max(0, number(size))));
  return {
    type: 'Local Volumes',
    total: volumes.length,
    active: usages.filter(({ RefCount: count }) => number(count) > 0).length,
    size: sizes(usages),
    reclaimable: sizes(usages.filter(({ RefCount: count }) => number(count) === 0)),
    hasPercent: true,
  };
}

function ofBuildCache({ buildCache, buildCacheSize }: DiskUsage): Kind {
  const inUse = buildCache.filter(({ InUse: isUsed }) => isUsed === true);
  const own = inUse.filter(({ Shared: shared }) => shared !== true);
  const reclaimable = buildCacheSize - sum(own.map(({ Size: size }) => number(size)));
  return {
    type: 'Build Cache',
    total: buildCache.length,
    active: inUse.length,
    size: buildCacheSize,
    reclaimable,
    hasPercent: false,
  };
}

function number(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all + size, 0);
}
