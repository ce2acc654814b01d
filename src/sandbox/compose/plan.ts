import type { ServiceKind } from '../service-kind.ts';

/** A folder or file seen inside a service's box. */
export interface Mount {
  readonly source:
    | { readonly kind: 'volume'; readonly name: string }
    | { readonly kind: 'bind'; readonly path: string }
    /** A volume without a name: the service's alone. */
    | { readonly kind: 'own'; readonly name: string };
  /** Absolute path inside. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** A port of a service that the host has too, on loopback. */
export interface PortPlan {
  /** Loopback address of the host. */
  readonly host: string;
  /** The first that is free is taken; none stands for any. */
  readonly published: readonly number[];
  readonly target: number;
}

/** One service as the sandbox will play it. */
export interface ServicePlan {
  readonly name: string;
  readonly kind: ServiceKind;
  readonly image: string;
  readonly containerName: string;
  /** What the box calls itself; its container's id unless given. */
  readonly hostname?: string;
  readonly workingFolder?: string;
  /** What its container would run, entrypoint first. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly networks: readonly string[];
  /** Further names, by network. */
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  readonly ports: readonly PortPlan[];
  /** Services that start before it. */
  readonly dependsOn: readonly string[];
}

/** A compose project, ready to be played. */
export interface ComposePlan {
  readonly services: readonly ServicePlan[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
}
