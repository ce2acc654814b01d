import { type Digest, humanDuration } from '../../../core/index.ts';
import type { HostContainer } from '../../host/container.ts';
import { mountsJson, networksJson, portsJson } from './parts-json.ts';

/** A container of a list (Engine API v1.51, `ContainerSummary`). */
export function summaryJson(container: HostContainer, imageId: Digest | undefined, now: Date): unknown {
  return {
    Id: container.id,
    Names: [`/${container.name}`],
    Image: container.image,
    ImageID: imageId ?? '',
    Command: container.command.join(' '),
    Created: Math.floor(container.createdAt.getTime() / 1000),
    Ports: container.state === 'running' ? portsJson(container) : [],
    Labels: container.labels,
    State: container.state,
    Status: statusText(container, now),
    HostConfig: { NetworkMode: container.networks[0]?.network ?? 'none' },
    NetworkSettings: { Networks: networksJson(container) },
    Mounts: mountsJson(container),
  };
}

/** `Up 3 minutes`, `Exited (0) 2 hours ago`, as people read it. */
export function statusText({ state, startedAt, finishedAt, exitCode }: HostContainer, now: Date): string {
  const since = (date: Date | undefined): string => humanDuration(now.getTime() - (date ?? now).getTime());
  if (state === 'running') return `Up ${since(startedAt)}`;
  return state === 'exited' ? `Exited (${exitCode}) ${since(finishedAt)} ago` : 'Created';
}
