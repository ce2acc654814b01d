import { humanDuration, humanSize, type JsonObject, type JsonValue } from '../../core/index.ts';
import { ExitError } from '../command.ts';
import { CONTAINER_LIST, containerRow } from '../container/container-row.ts';
import { goTime } from '../human-time.ts';
import type { Io } from '../io.ts';
import type { ListFormat, RichRow, Row } from '../list-format.ts';
import { printList } from '../list-format.ts';
import { goJson, sortKeys } from '../template/go-json.ts';
import { GoList, GoStruct, type Value } from '../template/go-values.ts';
import { compileTemplate } from '../template/template.ts';
import { TemplateError } from '../template/template-error.ts';
import { VOLUME_LIST, volumeRow } from '../volume/volume-row.ts';
import type { DiskUsage } from './disk-usage.ts';

const IMAGES: ListFormat = {
  headings: {
    Containers: 'CONTAINERS',
    CreatedSince: 'CREATED',
    ID: 'IMAGE ID',
    Repository: 'REPOSITORY',
    SharedSize: 'SHARED SIZE',
    Size: 'SIZE',
    Tag: 'TAG',
    UniqueSize: 'UNIQUE SIZE',
  },
  table: ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size', 'SharedSize', 'UniqueSize', 'Containers'],
  type: '*formatter.imageContext',
};
const CONTAINERS: ListFormat = {
  ...CONTAINER_LIST,
  table: ['ID', 'Image', 'Command', 'LocalVolumes', 'Size', 'RunningFor', 'Status', 'Names'],
};
const VOLUMES: ListFormat = { ...VOLUME_LIST, table: ['Name', 'Links', 'Size'] };
const BUILD_CACHE: ListFormat = {
  headings: {
    CacheType: 'CACHE TYPE',
    CreatedSince: 'CREATED',
    ID: 'CACHE ID',
    LastUsedSince: 'LAST USED',
    Shared: 'SHARED',
    Size: 'SIZE',
    UsageCount: 'USAGE',
  },
  table: ['ID', 'CacheType', 'Size', 'CreatedSince', 'LastUsedSince', 'UsageCount', 'Shared'],
  type: '*formatter.buildCacheContext',
};
const RAW =
  '{{range .Images}}type: Image\nrepository: {{.Repository}}\ntag: {{.Tag}}\ndigest: {{.Digest}}\nimage_id: {{.ID}}\n' +
  'created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n\n{{end -}}\n' +
  '{{range .Containers}}type: Container\ncontainer_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\n' +
  'created_at: {{.CreatedAt}}\nstate:{{with .State}} {{.}}{{end}}\nstatus:{{with .Status}} {{.}}{{end}}\n' +
  'names: {{.Names}}\nlabels:{{with .Labels}} {{.}}{{end}}\nports:{{with .Ports}} {{.}}{{end}}\nsize: {{.Size}}\n\n{{end -}}\n' +
  '{{range .Volumes}}type: Volume\nname: {{.Name}}\ndriver: {{.Driver}}\n\n{{end -}}\n' +
  '{{range .BuildCache}}type: Build Cache\nbuild_cache_id: {{.ID}}\nparent_id: {{.Parent}}\n' +
  'build_cache_type: {{.CacheType}}\ndescription: {{.Description}}\ncreated_at: {{.CreatedAt}}\n' +
  'created_since: {{.CreatedSince}}\nlast_used_at: {{.LastUsedAt}}\nlast_used_since: {{.LastUsedSince}}\n' +
  'usage_count: {{.UsageCount}}\nin_use: {{.InUse}}\nshared: {{.Shared}}\n\n{{end -}}';
const SHORT_ID = 12;

/** `system df --verbose`: a table for each kind, or a template that has the rows of all. */
export function printVerbose({ stdout, clock }: Io, usage: DiskUsage, format: string): void {
  const now = clock.now();
  const isTable = format === 'table';
  const images = usage.images.map((image) => imageRow(image, now, isTable));
  const containers = usage.containers.map((container) => containerRow({ ...container, SizeRootFs: 0 }, now, !isTable));
  const volumes = usage.volumes.map(volumeRow);
  const buildCache = usage.buildCache.map((record) => cacheRow(record, now, isTable));
  if (!isTable) {
    stdout.write(
      fill(format === 'raw' ? RAW : format, {
        Images: images,
        Containers: containers,
        Volumes: volumes,
        BuildCache: buildCache,
      }),
    );
    return;
  }
  stdout.write('Images space usage:\n\n');
  printList(stdout, IMAGES, images);
  stdout.write('\nContainers space usage:\n\n');
  printList(stdout, CONTAINERS, containers);
  stdout.write('\nLocal Volumes space usage:\n\n');
  printList(stdout, VOLUMES, volumes);
  stdout.write(`\nBuild cache usage: ${humanSize(usage.buildCacheSize)}\n\n`);
  printList(stdout, BUILD_CACHE, buildCache);
}

function fill(format: string, kinds: Readonly<Record<string, readonly RichRow[]>>): string {
  const lists = Object.entries(kinds).map(([name, rows]) => [name, new GoList(rows, '[]*formatter')] as const);
  if (format === 'json') return goJson(withoutMethods(kinds));
  try {
    return compileTemplate(format).fill(new GoStruct('*formatter.diskUsageContext', new Map<string, Value>(lists)));
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    throw new ExitError(1, cause.message, { cause });
  }
}

function withoutMethods(kinds: Readonly<Record<string, readonly RichRow[]>>): unknown {
  const plain = (row: RichRow) => Object.entries(row).filter(([, it]) => typeof it !== 'function');
  const absent = (kind: string) => (kind === 'Containers' ? (CONTAINERS.absent ?? []) : []).map((name) => [name, null]);
  const whole = (kind: string, row: RichRow) => sortKeys(Object.fromEntries([...plain(row), ...absent(kind)]));
  return Object.fromEntries(Object.entries(kinds).map(([kind, rows]) => [kind, rows.map((row) => whole(kind, row))]));
}

/** An image under the first of its names. */
function imageRow(image: JsonObject, now: Date, isShort: boolean): Row {
  const [name = ''] = Array.isArray(image.RepoTags) ? image.RepoTags.map(String) : [];
  const colon = name.lastIndexOf(':');
  const isNamed = name !== '' && name !== '<none>:<none>';
  const id = String(image.Id ?? '');
  const created = new Date(number(image.Created) * 1000);
  const [size, shared] = [number(image.Size), number(image.SharedSize, -1)];
  return {
    Containers: number(image.Containers, -1) < 0 ? 'N/A' : String(image.Containers),
    CreatedAt: goTime(created),
    CreatedSince: `${humanDuration(now.getTime() - created.getTime())} ago`,
    Digest: '',
    ID: isShort ? shortId(id) : id,
    Repository: isNamed ? name.slice(0, colon) : '<none>',
    SharedSize: shared < 0 ? 'N/A' : humanSize(shared),
    Size: humanSize(size, 3),
    Tag: isNamed ? name.slice(colon + 1) : '<none>',
    UniqueSize: shared < 0 ? 'N/A' : humanSize(size - shared),
    VirtualSize: humanSize(number(image.VirtualSize, size)),
  };
}

function cacheRow(record: JsonObject, now: Date, isShort: boolean): Row {
  const id = String(record.ID ?? '');
  const since = (value: JsonValue | undefined): string =>
    typeof value === 'string' ? `${humanDuration(now.getTime() - new Date(value).getTime())} ago` : '';
  const parents = Array.isArray(record.Parents) ? record.Parents.map(String).join(', ') : '';
  return {
    CacheType: String(record.Type ?? ''),
    CreatedAt: typeof record.CreatedAt === 'string' ? goTime(new Date(record.CreatedAt)) : '',
    CreatedSince: since(record.CreatedAt),
    Description: String(record.Description ?? ''),
    ID: `${isShort ? shortId(id) : id}${record.InUse === true ? '*' : ''}`,
    InUse: String(record.InUse === true),
    LastUsedAt: typeof record.LastUsedAt === 'string' ? goTime(new Date(record.LastUsedAt)) : '',
    LastUsedSince: since(record.LastUsedAt),
    Parent: isShort ? shortId(parents) : parents,
    Shared: String(record.Shared === true),
    Size: humanSize(number(record.Size), 3),
    UsageCount: String(number(record.UsageCount)),
  };
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, SHORT_ID);
}

function number(value: JsonValue | undefined, fallback = 0): number {
  return typeof value === 'number' ? value : fallback;
}
