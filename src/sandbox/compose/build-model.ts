import { type Attribute, NETWORK_ATTRIBUTES, VOLUME_ATTRIBUTES } from './attributes.ts';
import { booleanOf, type Complaints, child, childText, textOf } from './forms.ts';
import type { DependencyModel, MountModel, PortModel, ServiceModel, Variables, VolumeModel } from './model.ts';
import { type ListTree, type MapTree, plainOf, type Tree } from './tree.ts';

/** Attributes that a service's model has members for; others are kept as they are. */
const MODELLED: ReadonlySet<string> = new Set([
  ...[
    'image',
    'container_name',
    'hostname',
    'working_dir',
    'command',
    'entrypoint',
    'environment',
    'env_file',
    'labels',
  ],
  ...['volumes', 'ports', 'networks', 'depends_on', 'profiles', 'extends'],
]);
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

export interface ServiceReading {
  readonly complaints: Complaints;
  /** Value of a variable that a service takes from its surroundings. */
  readonly lookup: (name: string) => string | undefined;
  /** Variables of a service's env files, by the list of them. */
  readonly readEnvFiles: (files: ListTree) => Variables;
}

/** A merged service's tree as a model. Wrong values are complaints. */
export function readService(
  name: string,
  tree: MapTree,
  { complaints, lookup, readEnvFiles }: ServiceReading,
): ServiceModel {
  if (!NAME.test(name))
    complaints.add(
      tree.place,
      `invalid service name ${JSON.stringify(name)}: must be letters, digits, "_", "." and "-"`,
    );
  const containerName = childText(tree, 'container_name');
  if (containerName !== undefined && !NAME.test(containerName)) {
    complaints.add(
      child(tree, 'container_name')?.place ?? tree.place,
      `service ${name}: invalid container_name ${JSON.stringify(containerName)}`,
    );
  }
  const envFiles = child(tree, 'env_file');
  const fromFiles = envFiles?.kind === 'list' ? readEnvFiles(envFiles) : new Map<string, string>();
  return {
    name,
    place: tree.place,
    image: childText(tree, 'image'),
    imagePlace: child(tree, 'image')?.place ?? tree.place,
    containerName,
    hostname: childText(tree, 'hostname'),
    workingFolder: childText(tree, 'working_dir'),
    command: wordsOf(child(tree, 'command')),
    commandPlace: child(tree, 'command')?.place ?? tree.place,
    entrypoint: wordsOf(child(tree, 'entrypoint')),
    environment: new Map([...fromFiles, ...environmentOf(child(tree, 'environment'), lookup)]),
    labels: new Map(entriesOf(child(tree, 'labels')).map(([key, value]) => [key, textOf(value) ?? ''])),
    mounts: itemsOf(child(tree, 'volumes')).map(readMount),
    ports: itemsOf(child(tree, 'ports')).map(readPort),
    networks: new Map(
      entriesOf(child(tree, 'networks')).map(([key, value]) => [
        key,
        { aliases: wordsOf(child(value, 'aliases')) ?? [], place: value.place },
      ]),
    ),
    dependsOn: new Map(entriesOf(child(tree, 'depends_on')).map(([key, value]) => [key, readDependency(value)])),
    profiles: wordsOf(child(tree, 'profiles')) ?? [],
    others: Object.fromEntries(
      [...tree.entries].filter(([key]) => !MODELLED.has(key)).map(([key, value]) => [key, plainOf(value)]),
    ),
  };
}

/** The `volumes` or `networks` of a project. */
export function readNamed(
  kind: 'volume' | 'network',
  tree: Tree | undefined,
  project: string,
  complaints: Complaints,
): VolumeModel[] {
  const attributes: ReadonlyMap<string, Attribute> = kind === 'volume' ? VOLUME_ATTRIBUTES : NETWORK_ATTRIBUTES;
  return entriesOf(tree).map(([name, value]) => {
    if (!NAME.test(name)) complaints.add(value.place, `invalid ${kind} name ${JSON.stringify(name)}`);
    for (const [key, { place }] of value.kind === 'map' ? value.entries : []) {
      if (!attributes.has(key) && !key.startsWith('x-'))
        complaints.add(place, `${kind} ${name}: additional properties '${key}' not allowed`);
    }
    const external = booleanOf(child(value, 'external')) ?? false;
    if (external)
      complaints.add(
        value.place,
        `${kind} ${name}: the sandbox has no ${kind}s beyond its projects, so external: true can't be had`,
      );
    return { name, fullName: childText(value, 'name') ?? `${project}_${name}`, external, place: value.place };
  });
}

/** What is named without a value goes before the env files too (Compose Specification, "environment"). */
function environmentOf(tree: Tree | undefined, lookup: ServiceReading['lookup']): [string, string | null][] {
  return entriesOf(tree).map(([key, value]) => [
    key,
    (value.kind === 'scalar' && value.value === null ? lookup(key) : textOf(value)) ?? null,
  ]);
}

function readMount(tree: Tree): MountModel {
  const type = childText(tree, 'type');
  const source = childText(tree, 'source');
  return {
    type: type === 'bind' || type === 'tmpfs' ? type : 'volume',
    source,
    target: childText(tree, 'target') ?? '',
    readOnly: booleanOf(child(tree, 'read_only')) ?? false,
    place: tree.place,
  };
}

function readPort(tree: Tree): PortModel {
  return {
    hostIp: childText(tree, 'host_ip'),
    target: Number(childText(tree, 'target')),
    published: childText(tree, 'published') || undefined,
    protocol: childText(tree, 'protocol') ?? 'tcp',
    place: tree.place,
  };
}

function readDependency(tree: Tree): DependencyModel {
  return {
    condition: childText(tree, 'condition') ?? 'service_started',
    required: booleanOf(child(tree, 'required')) ?? true,
    place: tree.place,
  };
}

function entriesOf(tree: Tree | undefined): [string, Tree][] {
  return tree?.kind === 'map' ? [...tree.entries] : [];
}

function itemsOf(tree: Tree | undefined): readonly Tree[] {
  return tree?.kind === 'list' ? tree.items : [];
}

function wordsOf(tree: Tree | undefined): string[] | undefined {
  return tree?.kind === 'list' ? tree.items.map((item) => textOf(item) ?? '') : undefined;
}
