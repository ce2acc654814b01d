import type { HostContainer } from '../../engine/index.ts';
import type { ServicePlan } from '../compose-file.ts';
import type { ProjectName } from '../project.ts';
import type { ServiceRecord } from '../sandbox-record.ts';

/** A service of a project as the container it would be. */
export interface PlayedService {
  readonly project: ProjectName;
  readonly plan: ServicePlan;
  readonly service: ServiceRecord;
  /** When the sandbox began. */
  readonly createdAt: Date;
  /** Whether the API that shows it is its own. */
  readonly isOwn: boolean;
}

/** compose's names for what belongs to a project. */
export function scopedName(project: ProjectName, name: string): string {
  return `${project}_${name}`;
}

export function projectLabels(project: ProjectName): Readonly<Record<string, string>> {
  return { 'com.docker.compose.project': project };
}

export function containerOf({ project, plan, service, createdAt, isOwn }: PlayedService): HostContainer {
  const { containerId, containerName, kind, state, startedAt, finishedAt, address, port, names } = service;
  const volumes = new Map(
    plan.mounts.flatMap(({ source, target }) => (source.kind === 'volume' ? [[target, source.name] as const] : [])),
  );
  return {
    id: containerId,
    name: containerName,
    image: service.image,
    command: ['trustsandbox', kind],
    environment: plan.environment,
    workingFolder: '/',
    createdAt,
    startedAt: new Date(startedAt),
    finishedAt: finishedAt === undefined ? undefined : new Date(finishedAt),
    state,
    exitCode: 0,
    pid: state === 'running' ? process.pid : 0,
    ports: port ? [{ address, port }] : [],
    labels: {
      ...projectLabels(project),
      'com.docker.compose.service': plan.name,
      'com.docker.compose.container-number': '1',
      'com.docker.compose.oneoff': 'False',
    },
    mounts: service.mounts.map(({ source, target, readOnly }) => {
      const volume = volumes.get(target);
      return { ...(volume !== undefined && { volume: scopedName(project, volume) }), source, target, readOnly };
    }),
    networks: networksOf(plan).map((network) => ({
      network: scopedName(project, network),
      address: state === 'running' ? address : '',
      aliases: [...names, containerId.slice(0, 12)],
    })),
    logPath: service.log,
    isOwn,
  };
}

/** Services that name no network are in the default one, as with compose. */
export function networksOf({ networks }: ServicePlan): readonly string[] {
  return networks.length === 0 ? ['default'] : networks;
}
