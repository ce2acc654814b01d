import type { Place } from './tree.ts';

export type Variables = ReadonlyMap<string, string>;
/** A variable's value, or `null` for one that is taken from the caller's environment and is not there: the service has none. */
export type ServiceVariables = ReadonlyMap<string, string | null>;

export interface MountModel {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  /** Absolute path, or name of a volume; a volume without one is the service's own. */
  readonly source: string | undefined;
  readonly target: string;
  readonly readOnly: boolean;
  readonly place: Place;
}

export interface PortModel {
  readonly hostIp: string | undefined;
  readonly target: number;
  /** A port or a range of them; none for whichever is free. */
  readonly published: string | undefined;
  readonly protocol: string;
  readonly place: Place;
}

export interface DependencyModel {
  readonly condition: string;
  readonly required: boolean;
  readonly place: Place;
}

/** One service of a project, every file merged and every variable put in. */
export interface ServiceModel {
  readonly name: string;
  readonly place: Place;
  readonly image: string | undefined;
  readonly imagePlace: Place;
  readonly containerName: string | undefined;
  readonly hostname: string | undefined;
  readonly workingFolder: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly commandPlace: Place;
  readonly entrypoint: readonly string[] | undefined;
  readonly environment: ServiceVariables;
  readonly labels: Variables;
  readonly mounts: readonly MountModel[];
  readonly ports: readonly PortModel[];
  /** Aliases by network; one that names none is in `default`. */
  readonly networks: ReadonlyMap<string, { readonly aliases: readonly string[]; readonly place: Place }>;
  readonly dependsOn: ReadonlyMap<string, DependencyModel>;
  readonly profiles: readonly string[];
  /** What is of no effect here, as it was written: `compose config` shows it. */
  readonly others: Readonly<Record<string, unknown>>;
}

export interface VolumeModel {
  readonly name: string;
  /** What it is called beyond the project. */
  readonly fullName: string;
  readonly external: boolean;
  readonly place: Place;
}

export type NetworkModel = VolumeModel;

/** A project as compose understands it (Compose Specification, "The Compose application model"). */
export interface ComposeModel {
  readonly name: string;
  readonly services: readonly ServiceModel[];
  /** Services whose profiles are not wanted. */
  readonly disabled: readonly ServiceModel[];
  readonly volumes: readonly VolumeModel[];
  readonly networks: readonly NetworkModel[];
  /** Extension fields at the top, as written. */
  readonly extensions: Readonly<Record<string, unknown>>;
}
