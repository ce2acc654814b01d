import type { HostContainer } from '../../engine/index.ts';
import type { ServicePlan } from '../compose/plan.ts';
import type { ProjectName } from '../project-name.ts';
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
  const { containerId, containerName, kind, state, startedAt, finishedAt, address, port, networks } = service;
  const volumes = new Map(
    plan.mounts.flatMap(({ source, target }) => (source.kind === 'volume' ? [[target, source.name] as const] : [])),
  );
  return {
    id: containerId,
    name: containerName,
    image: service.image,
    command: plan.command.length > 0 ? plan.command : ['trustsandbox', kind],
    environment: plan.environment,
    workingFolder: plan.workingFolder ?? '/',
    createdAt,
    startedAt: startedAt === undefined ? undefined : new Date(startedAt),
    finishedAt: finishedAt === undefined ? undefined : new Date(finishedAt),
    state,
    exitCode: service.exitCode,
    pid: state === 'running' ? process.pid : 0,
    ports: port ? [{ address, port }] : [],
    labels: {
      ...plan.labels,
      ...projectLabels(project),
      'com.docker.compose.service': plan.name,
      'com.docker.compose.container-number': '1',
      'com.docker.compose.oneoff': 'False',
    },
    mounts: service.mounts.map(({ source, target, readOnly }) => {
      const volume = volumes.get(target);
      return { ...(volume !== undefined && { volume: scopedName(project, volume) }), source, target, readOnly };
    }),
    networks: plan.networks.map((network) => ({
      network: scopedName(project, network),
      address: state === 'running' ? address : '',
      aliases: networks[network] ?? [],
    })),
    logPath: service.log,
    isOwn,
  };
}
