/** Where a container is in its life. */
export type ContainerState = 'created' | 'running' | 'exited';

/** A folder inside a container. */
export interface HostMount {
  /** Name of the volume, where it is one. */
  readonly volume?: string;
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** A container's place in a network. */
export interface Attachment {
  readonly network: string;
  readonly address: string;
  /** Names the others know it by. */
  readonly aliases: readonly string[];
}

/** What plays a container, as inspection shows it. Ports are TCP. */
export interface HostContainer {
  /** 64 hex. */
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  readonly createdAt: Date;
  /** When it last started; undefined for one that never did. */
  readonly startedAt: Date | undefined;
  /** When it last ended; undefined while it runs for the first time. */
  readonly finishedAt: Date | undefined;
  readonly state: ContainerState;
  /** Of the last run; 0 while it runs. */
  readonly exitCode: number;
  /** Process that it is, or is part of; 0 where none runs. */
  readonly pid: number;
  readonly ports: readonly { readonly address: string; readonly port: number }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly HostMount[];
  readonly networks: readonly Attachment[];
  /** File of its log, for people. */
  readonly logPath: string;
  /** Whether this very API ends when the container does. */
  readonly isOwn: boolean;
}

/** A network that containers are in. */
export interface HostNetwork {
  /** 64 hex. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly labels: Readonly<Record<string, string>>;
}

/** A named volume. */
export interface HostVolume {
  readonly name: string;
  /** Folder on this machine. */
  readonly folder: string;
  readonly createdAt: Date;
  readonly labels: Readonly<Record<string, string>>;
}
