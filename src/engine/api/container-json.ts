/** A service of the sandbox, shown as a container. Ports are TCP; `startedAt` only where it runs. */
export interface ListedContainer {
  /** 64 hex. */
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly command: string;
  readonly createdAt: Date;
  readonly state: 'created' | 'running' | 'exited';
  /** As people read it: `Up 3 minutes`. */
  readonly status: string;
  readonly ports: readonly { readonly address: string; readonly port: number }[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** A container of a list (Engine API v1.50, `ContainerSummary`). */
export function containerJson(container: ListedContainer): unknown {
  return {
    Id: container.id,
    Names: [`/${container.name}`],
    Image: container.image,
    ImageID: '',
    Command: container.command,
    Created: Math.floor(container.createdAt.getTime() / 1000),
    Ports: container.ports.map(({ address, port }) => ({
      IP: address,
      PrivatePort: port,
      PublicPort: port,
      Type: 'tcp',
    })),
    Labels: container.labels ?? {},
    State: container.state,
    Status: container.status,
    HostConfig: { NetworkMode: 'sandbox' },
    NetworkSettings: { Networks: {} },
    Mounts: [],
  };
}
