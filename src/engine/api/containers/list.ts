import type { HostContainer } from '../../host/container.ts';
import { isSameName } from '../../same-name.ts';
import type { Filters } from '../filters.ts';
import { BadParameterError, NotHereError } from '../reply.ts';

/** Filters of a list of containers (Engine API v1.51, `ContainerList`); those after the gap can match nothing here. */
export const CONTAINER_FILTERS: ReadonlySet<string> = new Set([
  'id',
  'name',
  'label',
  'status',
  'ancestor',
  'network',
  'volume',
  'exited',
  'before',
  'since',
  'publish',
  'expose',

  'health',
  'is-task',
  'isolation',
]);

const STATES = new Set(['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead']);

export interface ContainerQuery {
  /** Those that do not run, too. */
  readonly isAll: boolean;
  /** The newest so many, whatever their state; undefined for no limit. */
  readonly limit: number | undefined;
  readonly filters: Filters;
}

/** Containers that are asked for, newest first. */
export function selectContainers(
  containers: readonly HostContainer[],
  { isAll, limit, filters }: ContainerQuery,
): readonly HostContainer[] {
  for (const status of filters.get('status') ?? []) {
    if (!STATES.has(status)) throw new BadParameterError(`invalid filter 'status=${status.slice(0, 40)}'`);
  }
  const isWide = isAll || limit !== undefined || filters.has('status') || filters.has('exited');
  const found = containers
    .filter(({ state }) => isWide || state === 'running')
    .filter((container) => [...filters].every(([name, values]) => matches(container, name, values, containers)));
  return limit === undefined ? found : found.slice(0, limit);
}

function matches(
  container: HostContainer,
  filter: string,
  values: readonly string[],
  all: readonly HostContainer[],
): boolean {
  if (values.length === 0) return true;
  if (filter === 'label') return values.every((label) => hasLabel(container, label));
  return values.some((value) => matchesOne(container, filter, value, all));
}

function matchesOne(container: HostContainer, filter: string, value: string, all: readonly HostContainer[]): boolean {
  switch (filter) {
    case 'id':
      return container.id.startsWith(value);
    case 'name':
      return patternOf(value).test(container.name) || patternOf(value).test(`/${container.name}`);
    case 'status':
      return container.state === value;
    case 'ancestor':
      return isSameName(container.image, value);
    case 'network':
      return container.networks.some(({ network }) => network === value);
    case 'volume':
      return container.mounts.some(({ volume, source, target }) => [volume, source, target].includes(value));
    case 'exited':
      return container.state === 'exited' && container.exitCode === Number(value);
    case 'before':
      return container.createdAt < createdOf(all, value);
    case 'since':
      return container.createdAt > createdOf(all, value);
    case 'publish':
    case 'expose':
      return container.ports.some(({ port }) => value === String(port) || value === `${port}/tcp`);
    case 'health':
      return value === 'none';
    case 'is-task':
      return value === 'false';
    default:
      return false;
  }
}

/** Names are matched by a regular expression, as dockerd does; one that is none is taken as it stands. */
function patternOf(text: string): { test(name: string): boolean } {
  try {
    return new RegExp(text.slice(0, 200));
  } catch {
    return { test: (name) => name.includes(text) };
  }
}

function createdOf(all: readonly HostContainer[], name: string): Date {
  const found = all.find((container) => container.name === name || container.id.startsWith(name));
  if (!found) throw new NotHereError(`No such container: ${name}`);
  return found.createdAt;
}

function hasLabel({ labels }: HostContainer, wanted: string): boolean {
  const [name = '', ...value] = wanted.split('=');
  return value.length === 0 ? Object.hasOwn(labels, name) : labels[name] === value.join('=');
}
