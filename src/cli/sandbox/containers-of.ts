import { humanDuration } from '../../core/index.ts';
import type { SandboxRecord, ServiceRecord } from '../../sandbox/index.ts';
import { goTime } from '../human-time.ts';

/** A service as `compose ps` shows it; the names are compose's, in its order. */
export interface ContainerRow {
  readonly Address: string;
  readonly Command: string;
  readonly CreatedAt: string;
  readonly ExitCode: number;
  readonly Health: string;
  readonly ID: string;
  readonly Image: string;
  readonly Labels: string;
  readonly Name: string;
  readonly Names: string;
  readonly Networks: string;
  readonly Ports: string;
  readonly Project: string;
  readonly Publishers: readonly {
    readonly URL: string;
    readonly TargetPort: number;
    readonly PublishedPort: number;
    readonly Protocol: string;
  }[];
  readonly RunningFor: string;
  readonly Service: string;
  readonly State: string;
  readonly Status: string;
}

/** `Address` is ours: where the service is, whether or not it publishes ports. `now` is by the machine's clock. */
export function containerRow(service: ServiceRecord, record: SandboxRecord, now: Date): ContainerRow {
  const created = new Date(record.startedAt);
  const time = new Date(now.getTime() + record.clockOffsetMs);
  const publishers = publishersOf(service);
  return {
    Address: addressOf(service),
    Command: JSON.stringify(`trustsandbox ${service.kind}`),
    CreatedAt: goTime(created),
    ExitCode: service.state === 'exited' ? service.exitCode : 0,
    Health: '',
    ID: service.containerId.slice(0, 12),
    Image: service.image,
    Labels: `com.docker.compose.project=${record.project},com.docker.compose.service=${service.name}`,
    Name: service.containerName,
    Names: service.containerName,
    Networks: Object.keys(service.networks)
      .map((network) => `${record.project}_${network}`)
      .join(','),
    Ports: publishers
      .map(({ URL: host, PublishedPort: published, TargetPort: target }) => `${host}:${published}->${target}/tcp`)
      .join(', '),
    Project: record.project,
    Publishers: publishers,
    RunningFor: `${humanDuration(time.getTime() - created.getTime())} ago`,
    Service: service.name,
    State: service.isPaused ? 'paused' : service.state,
    Status: statusOf(service, time),
  };
}

function addressOf({ engineSocket, address, port }: ServiceRecord): string {
  return engineSocket ? `unix://${engineSocket}` : port ? `${address}:${port}` : '';
}

/** The port a service has at an address of its own, and those that the host has for it. */
function publishersOf({ address, port, knownPort, published }: ServiceRecord): ContainerRow['Publishers'] {
  const own = port ? [{ host: address, published: port, target: knownPort ?? port }] : [];
  return [...published, ...own].map((each) => ({
    URL: each.host,
    TargetPort: each.target,
    PublishedPort: each.published,
    Protocol: 'tcp',
  }));
}

function statusOf({ state, isPaused, startedAt, finishedAt, exitCode }: ServiceRecord, now: Date): string {
  const since = (text: string | undefined): string => humanDuration(now.getTime() - new Date(text ?? now).getTime());
  if (state === 'created') return 'Created';
  if (state === 'exited') return `Exited (${exitCode}) ${since(finishedAt)} ago`;
  return `Up ${since(startedAt)}${isPaused ? ' (Paused)' : ''}`;
}
